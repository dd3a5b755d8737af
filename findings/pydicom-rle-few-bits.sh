#!/usr/bin/env bash
# pydicom 3.0.2 compresses 16-bit pixels of which at most 8 bits are stored to RLE frames that it cannot read itself.
#
# Why it surprises: Bits Allocated 16 with Bits Stored 8 or fewer is allowed (PS3.5 8.1.1) and Dataset.compress accepts it without a
# word. The frame that its own encoder writes has two segments, as 16 bits need, but they are made from an array that was narrowed to
# one byte a pixel before, so each holds half of the pixels. Decoding fails in pydicom, and other programs see a picture that ends
# too early. With 9 bits stored the same pixels come back.
# Seen on 2026-11-29: "The amount of decoded RLE segment data doesn't match the expected amount" for 8 bits, equal pixels for 9.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pydicom==3.0.2 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import numpy
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RLELossless


def there_and_back(stored):
    pixels = numpy.arange(48, dtype=numpy.uint16).reshape(6, 8)
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, "1.2.3"
    data.set_pixel_data(pixels, "MONOCHROME2", stored)
    assert data.BitsAllocated == 8 * pixels.itemsize and data.BitsStored == stored
    data.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    try:
        return bool((data.pixel_array == pixels).all())
    except RuntimeError as error:
        return str(error)


found = {stored: there_and_back(stored) for stored in (9, 8)}
print("pydicom", pydicom.__version__, found)
assert found[9] is True
assert "doesn't match the expected amount" in str(found[8]), "pydicom writes these frames in another way now"
PYTHON
