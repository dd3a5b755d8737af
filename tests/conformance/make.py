"""Writes the conformance set anew, or compares it with what is committed (--check)."""

import importlib
import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import kit
import references

HERE = Path(__file__).parent
SET = HERE / "set"


def ask(case, folder):
    """Asks the references about a case; who differs must be named in the script, with who is followed."""
    said = {}

    def note(reference, says):
        name, version = reference
        before = said.get(name, (version, "agrees"))[1]
        said[name] = (version, says if before == "agrees" else before)

    for (name, _), want in zip(case.files, case.stored):
        path = folder / case.id / name
        for reference, read in [(references.dcmtk(), references.stored_by_dcmtk), (references.GDCM, references.stored_by_gdcm)]:
            found = read(path)
            if found is not None:
                note(reference, references.compare(found, want))
    if case.view:
        for entry in case.expect["shown"]:
            name = case.files[entry["frame"] if len(case.files) > 1 else 0][0]
            frame = 0 if len(case.files) > 1 else entry["frame"]
            picture = references.shown_by_dcmtk(folder / case.id / name, frame, case.view)
            note(references.dcmtk(), compare_shown(picture, entry))
    for (name, _), words in zip(case.files, case.texts):
        for reference, read in [(references.dcmtk(), references.texts_by_dcmtk), (references.PYDICOM, references.texts_by_pydicom)]:
            text = read(folder / case.id / name)
            if text is not None:
                missing = [word for word in words if word not in text]
                note(reference, f"differs: {sorted(text)} without {missing}" if missing else "agrees")
    known = {**case.differs}
    for name, (version, says) in said.items():
        if says != "agrees":
            assert name in known, f"{case.id}: {name} {version} {says}"
            says = "differs: " + known.pop(name)
        case.references.append({"name": name, "version": version, "says": says})
    assert not known, f"{case.id}: {known} is told and does not show"


def compare_shown(picture, entry):
    """How a picture differs from the probes."""
    if isinstance(picture, str):
        return f"differs: {picture}"
    for x, y, want, tolerance in entry["probes"]:
        found = np.atleast_1d(picture[y, x])
        if np.abs(found.astype(int) - np.array(want[:len(found)])).max() > max(tolerance, 1):
            return f"differs: shows {found.tolist()} at {x},{y} instead of {want}"
    return "agrees"


def write(folder, only):
    """All families into a folder."""
    kinds = {}
    for script in sorted(HERE.glob("family_*.py")):
        family = script.stem.removeprefix("family_")
        if only and family not in only:
            continue
        cases = importlib.import_module(script.stem).cases()
        place = folder / family
        shutil.rmtree(place, ignore_errors=True)
        for case in cases:
            for name, data in case.files:
                path = place / case.id / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            ask(case, place)
            kinds[case.kind] = kinds.get(case.kind, 0) + 1
        (place / "cases.json").write_text(kit.dump([case.entry() for case in cases]), encoding="utf-8")
    return kinds


def differences(new, old):
    """Files that are not the same in two folders."""
    def files(root):
        return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    a, b = files(new), files(old)
    return sorted(str(name) for name in a.keys() | b.keys() if plain(name, a.get(name)) != plain(name, b.get(name)))


def plain(name, data):
    """A file without what depends on the machine: the versions of Debian's programs in the word of a reference."""
    if data is None or name.name != "cases.json":
        return data
    cases = json.loads(data)
    for case in cases:
        case["made_by"] = case["made_by"].rstrip("0123456789.")
        for reference in case.get("references", []):
            reference["version"] = ""
    return cases


def main():
    warnings.simplefilter("ignore")
    arguments = sys.argv[1:]
    if "--check" in arguments:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), [])
            changed = differences(Path(folder), SET)
        if changed:
            sys.exit("These files of tests/conformance/set are not what the scripts write; run make.py:\n" + "\n".join(changed))
        return
    print(write(SET, arguments))


if __name__ == "__main__":
    main()
