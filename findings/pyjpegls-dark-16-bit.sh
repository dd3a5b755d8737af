#!/usr/bin/env bash
# pyjpegls 1.5.1 encodes a 16-bit array whose largest value is below 256 as a picture of 8 bits: every second pixel is 0, and the lower
# half of the picture is lost.
#
# Why it surprises: encode_array takes the number of bits from the largest value, not from the type of the array, but hands over the
# bytes of the array as they are. With 8 bits or fewer CharLS takes each byte for a pixel and reads the first half of them. So a stack
# of CT slices or a wide film comes back right until a dark picture is among them. Lossless is lossless by ISO/IEC 14495-1; no error.
# Seen on 2026-11-29: the largest value 256 gives equal pixels; 255 gives [0, 0, 17, 0, 34, 0, 51, 0] for [0, 17, 34, 51, 68, 85, 102, 119],
# in pyjpegls itself and in imagecodecs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pyjpegls==1.5.1 imagecodecs==2026.3.6 numpy==2.3.5
"$folder/venv/bin/python" -W error - <<'PYTHON'
from importlib.metadata import version

import imagecodecs
import jpeg_ls
import numpy

for largest in (256, 255):
    pixels = (numpy.arange(16).reshape(4, 4) * largest // 15).astype(numpy.uint16)
    stream = bytes(jpeg_ls.encode_array(pixels))
    itself = jpeg_ls.decode(numpy.frombuffer(stream, numpy.uint8))
    other = imagecodecs.jpegls_decode(stream)
    print("pyjpegls", version("pyjpegls"), "largest", largest, "stored:", pixels.ravel()[:8], "read:", itself.ravel()[:8], other.dtype)
    assert (itself == other).all()
    if largest == 256:
        assert (itself == pixels).all()
    else:
        half = numpy.frombuffer(pixels.tobytes()[:16], numpy.uint8).reshape(4, 4)
        assert (itself == half).all(), "pyjpegls writes this picture in another way now"
PYTHON
