#!/usr/bin/env bash
# pydicom 3.0.2 writes question marks for a text in ISO_IR 13 that has half-width katakana and Latin letters.
#
# Why it surprises: with Specific Character Set ISO_IR 13 both halves of JIS X 0201 are in force at once, Latin in G0 and katakana in
# G1 (PS3.3 C.12.1.1.2), so "ﾔﾏﾀﾞ TARO" needs no escape sequence. The bytes of such a text are read right, but when one is written,
# pydicom takes the mixture for an error and puts a question mark for every katakana; only a warning says so.
# Seen on 2026-11-29: "???? TARO" after writing and reading, and a warning; the same text whole when its bytes are written by hand.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pydicom==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import warnings

import pydicom
from pydicom.uid import ExplicitVRLittleEndian

NAME = "ﾔﾏﾀﾞ TARO"


def element(tag, vr, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


by_hand = element(0x00080005, b"CS", b"ISO_IR 13") + element(0x0008103E, b"LO", NAME.encode("shift_jis"))
read = pydicom.dcmread(io.BytesIO(by_hand), force=True)
data = pydicom.Dataset()
data.file_meta = pydicom.dataset.FileMetaDataset()
data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
data.SpecificCharacterSet, data.SeriesDescription = "ISO_IR 13", NAME
buffer = io.BytesIO()
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    data.save_as(buffer)
written = pydicom.dcmread(io.BytesIO(buffer.getvalue()), force=True)
print("pydicom", pydicom.__version__, "read:", read.SeriesDescription, "written:", written.SeriesDescription)
print(*(warning.message for warning in said), sep="\n")
assert read.SeriesDescription == NAME
assert "?" in written.SeriesDescription, "pydicom writes this text in another way now"
PYTHON
