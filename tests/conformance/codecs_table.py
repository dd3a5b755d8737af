"""Writes the table of docs/reference/codecs.md from the cases of the codecs: the forms that were tried and who reads them as they were encoded."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs" / "reference" / "codecs.md"
FAMILIES = ["jpeg", "lossless", "streams"]
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


def rows():
    """A line for each form."""
    forms = {}
    for family in FAMILIES:
        path = HERE / "set" / family / "cases.json"
        for case in json.loads(path.read_text(encoding="utf-8")) if path.exists() else []:
            forms.setdefault(case["form"], []).append(case)
    for form, cases in sorted(forms.items()):
        agree, differ = {}, {}
        for case in cases:
            for entry in case.get("references", []):
                name = f"{entry['name']} {entry['version']}"
                place = agree if entry["says"] == "agrees" else differ
                place.setdefault(name, set()).add(entry["says"].removeprefix("differs: "))
        here = "refused" if all("refused" in case["expect"] for case in cases) else "right"
        other = "; ".join(f"{name} {', '.join(sorted(words))} in part" if name in agree else f"{name} {', '.join(sorted(words))}"
                          for name, words in sorted(differ.items()))
        makers = ", ".join(sorted({case["made_by"] for case in cases}))
        yield f"| {form} | {len(cases)} | {makers} | {here} | {', '.join(sorted(agree))} | {other} |\n"


def main():
    """Writes the table anew, or compares it (--check)."""
    before, rest = DOCS.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    head = "| form | files | written by | here | agree | differ |\n| --- | --- | --- | --- | --- | --- |\n"
    text = before + BEGIN + head + "".join(rows()) + END + after
    if "--check" in sys.argv[1:]:
        if text != DOCS.read_text(encoding="utf-8"):
            sys.exit("docs/reference/codecs.md is not what tests/conformance/codecs_table.py writes; run it.")
        return
    DOCS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
