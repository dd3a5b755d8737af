#!/usr/bin/env bash
# pydicom 3.0.2 lets an escape sequence of ISO 2022 go on beyond the backslash that divides two values.
#
# Why it surprises: PS3.5 6.1.2.5.3 says that the first character set of Specific Character Set is in force again behind a
# backslash (in LO, SH, UC), so every value can be read by itself. pydicom divides the text at the backslash but decodes the
# second value in the set that the first one had switched to: the Latin letter O with diaeresis becomes a Cyrillic zhe, without
# a warning. DCMTK 3.6.7 (dcm2json, dcmconv +U8) gives the standard's text.
# Seen on 2026-11-29: ['ж', 'жl'] where the standard has ['ж', 'Öl'].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pydicom==3.0.2
"$folder/venv/bin/python" -W error - "$folder/text.dcm" <<'PYTHON'
import struct
import sys

import pydicom


def element(tag, vr, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


with open(sys.argv[1], "wb") as file:
    file.write(element(0x00080005, b"CS", rb"ISO 2022 IR 100\ISO 2022 IR 144"))
    # Escape to ISO-IR 144 (Cyrillic), zhe; the next value needs no escape: 0xD6 is O with diaeresis in ISO-IR 100.
    file.write(element(0x00081080, b"LO", b"\x1b-L\xd6\\\xd6l"))
values = list(pydicom.dcmread(sys.argv[1], force=True).AdmittingDiagnosesDescription)
print("pydicom", pydicom.__version__, values)
assert values == ["ж", "жl"], "pydicom reads this text in another way now"
PYTHON
