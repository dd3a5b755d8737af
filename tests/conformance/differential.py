"""Opens every image file of other people's test data and compares with their own readers.

    python tests/conformance/differential.py READER EXPLAINED FOLDER...

READER is the program `read` of imaging/examples, EXPLAINED docs/reference/differences.md, and each FOLDER the unpacked data of one package.
A file that is refused by name is no difference. Every difference must be explained by a row of EXPLAINED, and every row must still
be needed; otherwise the exit code is 1.
"""

import fnmatch
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import other_readers

# Levels by which lossy grey and colour may differ: interpolation of chroma and rounding are left open.
LOSSY, COLOUR = 2, 3


def opened(reader, path, folder):
    """What this project's reader says; text when the program itself fails."""
    done = subprocess.run([reader, path, folder], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        return f"the reader fails: {done.stderr.strip()[-300:]}"
    return json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))


def close(a, b):
    return np.allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-5, atol=1e-9)


def compare(report, want, folder):
    """Kinds of difference, each with words."""
    found = {}
    series = report["series"]
    frames = [(s, n, frame) for s, one in enumerate(series) for n, frame in enumerate(one["frames"])]
    if len(frames) != len(want["frames"]):
        found["frames"] = f"{len(frames)} instead of {len(want['frames'])}"
        return found
    for s, n, frame in frames:
        number = want["order"](series[s], n, frame) if "order" in want else frame["frame"]
        if not 0 <= number < len(want["frames"]):
            found["frames"] = f"there is no frame {number}"
            return found
        array = want["frames"][number]
        size = (series[s]["height"], series[s]["width"])
        if array.shape[:2] != size:
            found["size"] = f"{size[::-1]} instead of {array.shape[1::-1]}"
            continue
        check_pixels(found, array, folder / f"{s}-{n}", size, LOSSY * want.get("level", 1) if want.get("lossy") else 0)
        spacing = want.get("spacing", {}).get(number)
        if spacing is not None and (frame["pixel_spacing_mm"] is None or not close(frame["pixel_spacing_mm"], spacing)):
            found["spacing"] = f"{frame['pixel_spacing_mm']} instead of {list(spacing)}"
    metadata = series[0]["metadata"]
    for keyword, text in want.get("texts", {}).items():
        shown = metadata.get(keyword)
        if shown is None or not same_text(shown, text):
            found["text"] = f"{keyword} {shown!r} instead of {text!r}"
    return found


def same_text(shown, text):
    """Long texts are cut; spaces around values are padding."""
    text = "\\".join(value.strip(" \0") for value in text.split("\\"))
    shown = "\\".join(value.strip(" \0") for value in shown.split("\\"))
    return shown == text or shown.endswith("...") and text.startswith(shown[:-3])


def check_pixels(found, array, name, size, tolerance):
    """Values of grey, shades of colour."""
    values = name.with_name(name.name + ".f64")
    if array.ndim == 2 and values.exists():
        got = np.fromfile(values, "<f8").reshape(size)
        # Numbers of more than 16 bits are kept as 32-bit floats.
        want = array.astype(np.float64)
        both = np.isfinite(want) & np.isfinite(got)
        wrong = np.abs(got - want) > tolerance + 1e-6 * np.abs(want) + 1e-9
        wrong = (wrong & both) | (np.isfinite(want) != np.isfinite(got))
        if wrong.any():
            y, x = np.argwhere(wrong)[0]
            found["values"] = f"{int(wrong.sum())} of {wrong.size} differ, {got[y, x]} instead of {want[y, x]} at {x},{y}"
        return
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=-1)
    elif values.exists():
        found["kind"] = "grey instead of colour"
        return
    got = np.fromfile(name.with_name(name.name + ".rgb"), np.uint8).reshape(*size, 3).astype(int)
    if array.dtype.itemsize > 1:
        array = array >> 8 * (array.dtype.itemsize - 1)
    off = np.abs(got - array.astype(int)).max(axis=-1)
    if off.max() > COLOUR:
        y, x = np.argwhere(off > COLOUR)[0]
        found["colour"] = f"{int((off > COLOUR).sum())} of {off.size} differ, {got[y, x].tolist()} instead of {array[y, x].tolist()} at {x},{y}"


def explanations(path):
    """Rows of a table: pattern of file names, kind of difference, why."""
    rows = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            rows.append((cells[0].strip("`"), cells[1], cells[2]))
    return rows


def main():
    warnings.simplefilter("ignore")
    reader, explained, *folders = sys.argv[1:]
    rows = explanations(explained)
    used, unexplained = set(), []
    counts = {"agree": 0, "refused": 0, "differ, explained": 0, "not compared": 0}
    for folder in map(Path, folders):
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.suffix in (".py", ".pyc", ".txt", ".md", ".json", ".rst"):
                continue
            name = f"{folder.name}/{path.relative_to(folder)}"
            with tempfile.TemporaryDirectory() as out:
                report = opened(reader, path, out)
                if isinstance(report, str):
                    unexplained.append(f"{name}: {report}")
                    continue
                if not report["series"]:
                    counts["refused"] += 1
                    continue
                want = other_readers.read(path)
                if want is None:
                    counts["not compared"] += 1
                    continue
                differences = compare(report, want, Path(out))
            told = []
            for kind, words in differences.items():
                row = next((i for i, (pattern, k, _) in enumerate(rows) if fnmatch.fnmatch(name, pattern) and k == kind), None)
                if row is None:
                    told.append(f"{name}: {kind}: {words}")
                else:
                    used.add(row)
            unexplained += told
            if not told:
                counts["differ, explained" if differences else "agree"] += 1
    print(counts)
    unused = [f"{pattern} ({kind}) is explained and does not differ" for i, (pattern, kind, _) in enumerate(rows) if i not in used]
    if unexplained or unused:
        print("\n".join(unexplained + unused))
        sys.exit(1)


if __name__ == "__main__":
    main()
