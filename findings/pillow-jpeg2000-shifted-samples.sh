#!/usr/bin/env bash
# Pillow 13.0.0 gives grey JPEG 2000 samples of 9 to 15 bits multiplied by a power of two, and signed ones without their sign.
#
# Why it surprises: JPEG 2000 states precision and sign of each component (ITU-T T.800, A.5.1), and 12-bit and signed pictures are usual
# in DICOM. Pillow opens them in mode I;16, whose numbers are those of the file in PNG and TIFF (12-bit data in a 16-bit PNG stays as it
# is). Here 12 bits are shifted up by 4, so 4095 becomes 65520, neither the stored number nor full scale; and -2048 becomes 0. There is
# no error, and no attribute says what was done.
# Seen on 2026-11-29: unsigned 0, 65, 4095 gives 0, 1040, 65520; signed -2048, -1, 2047 gives 0, 32752, 65520; 16 bits unsigned are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.3.5
"$folder/venv/bin/python" -W error - <<'PYTHON'
import io

import imagecodecs
import numpy
import PIL
from PIL import Image


def read(values, bits):
    """Pillow's mode and first numbers of a lossless code stream of a flat strip of three values."""
    pixels = numpy.repeat(values, 8)[:, None].repeat(8, 1)
    stream = imagecodecs.jpeg2k_encode(pixels, codecformat="J2K", reversible=True, level=0, bitspersample=bits)
    # OpenJPEG itself keeps the numbers.
    other = imagecodecs.jpeg2k_decode(stream)
    assert other.dtype == pixels.dtype and (other == pixels).all()
    image = Image.open(io.BytesIO(stream))
    return image.mode, numpy.asarray(image)[::8, 0].tolist()


cases = [
    (numpy.array([0, 65, 4095], numpy.uint16), 12, [0, 1040, 65520]),
    (numpy.array([-2048, -1, 2047], numpy.int16), 12, [0, 32752, 65520]),
    (numpy.array([0, 65, 4095], numpy.uint16), 16, [0, 65, 4095]),
]
for values, bits, seen in cases:
    mode, found = read(values, bits)
    print("Pillow", PIL.__version__, f"{bits} bits, stored:", values, "read:", mode, found)
    assert (mode, found) == ("I;16", seen), "Pillow reads this picture in another way now"
PYTHON
