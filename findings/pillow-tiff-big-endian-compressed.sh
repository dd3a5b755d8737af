#!/usr/bin/env bash
# Pillow 13.0.0 swaps the bytes of big-endian TIFF pixels once too often when they are compressed and signed, of 32 bits, or floats.
#
# Why it surprises: the byte order in the header holds for all numbers of the file (TIFF 6.0, section 2) and has nothing to do with
# compression. For Deflate, LZW and the like Pillow leaves the work to libtiff, which hands over numbers in the order of the machine, and
# then unpacks them as big-endian ones. Unsigned 16-bit pixels of the same kind of file are right, and so are all pixels without
# compression, and all in little-endian files. There is no error.
# Seen on 2026-11-29: 5, 10, 15 in Deflate: int16 gives 1280, 2560, 3840; int32 83886080, 167772160, 251658240; float32 numbers near 1e-41.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pillow==13.0.0 tifffile==2026.3.3 numpy==2.3.5
"$folder/venv/bin/python" - "$folder/image.tif" <<'PYTHON'
import itertools
import sys

import numpy
import PIL
import tifffile
from PIL import Image

wrong = set()
for dtype, order, compression in itertools.product(("uint16", "int16", "int32", "float32"), "<>", (None, "zlib")):
    pixels = numpy.array([[5, 10, 15]], dtype)
    tifffile.imwrite(sys.argv[1], pixels, byteorder=order, compression=compression, metadata=None)
    assert (tifffile.imread(sys.argv[1]) == pixels).all()
    found = numpy.asarray(Image.open(sys.argv[1]))
    if (found != pixels).any():
        wrong.add((dtype, order, compression))
        print("Pillow", PIL.__version__, dtype, order, compression, "stored:", pixels[0], "read:", found[0])
        if dtype == "int16":
            assert (found == pixels.byteswap()).all()
expected = {(dtype, ">", "zlib") for dtype in ("int16", "int32", "float32")}
assert wrong == expected, f"Pillow reads these files in another way now: {wrong}"
PYTHON
