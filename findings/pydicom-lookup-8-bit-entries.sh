#!/usr/bin/env bash
# pydicom 3.0.2 looks pixels up modulo 256 in a palette or VOI table of more than 256 entries of 8 bits.
#
# Why it surprises: the number of entries and the bits of an entry are independent numbers of the descriptor (PS3.3 C.7.6.3.1.5 and
# C.11.2.1.1): a table from 512 or 4096 stored values to 8-bit colours or shades is valid, and wanted for 8-bit displays. pydicom keeps
# the indices in an array of the entries' type, so that 256 becomes 0, without an error; bright parts turn dark. With entries of
# 16 bits the same table is right.
# Seen on 2026-11-29: palette of i // 2: pixels 255, 256, 300, 511 give 127, 0, 22, 127 instead of 127, 128, 150, 255; VOI table of
# i // 16: pixels 255, 256, 2048, 4095 give 15, 0, 0, 15 instead of 15, 16, 128, 255.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pydicom==3.0.2 numpy==2.3.5
"$folder/venv/bin/python" -W error - <<'PYTHON'
import numpy
import pydicom
from pydicom.pixels import apply_color_lut, apply_voi_lut
from pydicom.uid import ExplicitVRLittleEndian


def data_set():
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.PixelRepresentation, data.BitsAllocated, data.BitsStored = 0, 16, 16
    return data


def palette(pixels, table, bits):
    data = data_set()
    data.PhotometricInterpretation = "PALETTE COLOR"
    for channel in ("Red", "Green", "Blue"):
        data.add_new(f"{channel}PaletteColorLookupTableDescriptor", "US", [len(table), 0, bits])
        data.add_new(f"{channel}PaletteColorLookupTableData", "OW", table.astype(f"<u{bits // 8}").tobytes())
    return apply_color_lut(pixels, data)[..., 0]


def window(pixels, table, bits):
    data, item = data_set(), pydicom.Dataset()
    data.PhotometricInterpretation = "MONOCHROME2"
    item.add_new("LUTDescriptor", "US", [len(table), 0, bits])
    item.add_new("LUTData", "US", table.tolist())
    data.VOILUTSequence = [item]
    return apply_voi_lut(pixels, data)


cases = [
    (palette, numpy.arange(512) // 2, [255, 256, 300, 511], [127, 0, 22, 127]),
    (window, numpy.arange(4096) // 16, [255, 256, 2048, 4095], [15, 0, 0, 15]),
]
for look_up, table, pixels, seen in cases:
    pixels = numpy.array(pixels, numpy.uint16)
    right, wide, narrow = table[pixels], look_up(pixels, table, 16), look_up(pixels, table, 8)
    print("pydicom", pydicom.__version__, look_up.__name__, "right:", right, "16 bits:", wide, "8 bits:", narrow)
    assert (wide == right).all()
    assert narrow.tolist() == seen, "pydicom looks these pixels up in another way now"
PYTHON
