#!/usr/bin/env bash
# pydicom 3.0.2 goes from kanji to Latin letters without ending kanji.
#
# Why it surprises: ISO 2022 IR 87 is designated to G0 by ESC $ B and stays there until another set takes G0, as ESC ( B does
# (PS3.5 6.1.2.5.3 and Annex H). With ISO 2022 IR 100\ISO 2022 IR 87 pydicom writes only ESC - A before the Latin text, which
# designates G1. A reader that follows ISO/IEC 2022 then takes "CT" for one kanji, the one with the bytes 43 54; pydicom
# itself decodes every piece by the escape before it and reads back what it wrote.
# Seen on 2026-11-30: 1b 24 42 46 2c 49 74 1b 2d 41 20 43 54 20 e9 for "頭部 CT é", and 43 54 in kanji is 痴.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pydicom==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import pydicom
from pydicom.charset import convert_encodings, decode_bytes, encode_string

TEXT = "頭部 CT é"
sets = convert_encodings(["ISO 2022 IR 100", "ISO 2022 IR 87"])
written = encode_string(TEXT, sets)
print("pydicom", pydicom.__version__, written.hex(" "))
print("43 54 while kanji is in G0:", b"\x1b$BCT\x1b(B".decode("iso2022_jp"))
assert decode_bytes(written, sets, {0x5C}) == TEXT
kanji, latin = written.split(b"\x1b-A")
assert kanji.startswith(b"\x1b$B") and latin == b" CT \xe9", "pydicom writes this text in another way now"
assert b"\x1b(" not in written, "pydicom ends kanji now"
PYTHON
