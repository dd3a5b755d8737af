#!/usr/bin/env bash
# Pillow 13.0.0 finds no transparent pixel in grey PNGs of 2 and 4 bits, and may find a wrong one.
#
# Why it surprises: a tRNS chunk of a grey PNG names one grey sample that is transparent, compared as it is stored (PNG, 11.3.2.1).
# Pillow spreads samples of 2 and 4 bits over 0 to 255, but keeps the number of the chunk as it is, so the sample 3 of 2 bits becomes
# 255 while 3 stays the transparent one: convert("RGBA") shows every pixel opaque. Files of 1 and of 8 bits come out right.
# Seen on 2026-11-29: all pixels opaque for 2 and 4 bits; one transparent for 1 and 8 bits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import zlib

import PIL
from PIL import Image


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def transparent(bits):
    """How many of two pixels, black and white, are transparent where white shall be."""
    white = (1 << bits) - 1
    # From the highest bits on.
    packed = bytes([0, white]) if bits == 8 else bytes([white << (8 - 2 * bits)])
    header = struct.pack(">IIBBBBB", 2, 1, bits, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tRNS", struct.pack(">H", white))
    data += chunk(b"IDAT", zlib.compress(b"\0" + packed)) + chunk(b"IEND", b"")
    return Image.open(io.BytesIO(data)).convert("RGBA").getchannel("A").histogram()[0]


found = {bits: transparent(bits) for bits in (1, 2, 4, 8)}
print("Pillow", PIL.__version__, "transparent pixels by bits:", found)
assert found == {1: 1, 2: 0, 4: 0, 8: 1}, "Pillow reads these files in another way now"
PYTHON
