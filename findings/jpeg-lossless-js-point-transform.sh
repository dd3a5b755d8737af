#!/usr/bin/env bash
# jpeg-lossless-decoder-js 2.1.2, the lossless JPEG decoder of web viewers: a point transform (ITU T.81 annex H.1.2.1, the low
# half-byte behind the predictor) is read and then not applied. The first sample is predicted as if there were none, and no value is
# shifted back, so every pixel is wrong and in a plausible range; nothing is said. libjpeg-turbo gives the values that were stored.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet imagecodecs==2026.3.6 numpy==2.4.6
npm init --yes > /dev/null
npm install --silent jpeg-lossless-decoder-js@2.1.2
cat > make.py <<'PY'
def encode(rows, transform):
    """A lossless JPEG (ITU T.81 annex H) of 8 bit and one component; each category 0 to 8 has a code of four bits."""
    height, width = len(rows), len(rows[0])
    rows = [[value >> transform for value in row] for row in rows]
    head = bytes.fromhex("ffd8 ffc3 000b 08") + bytes([0, height, 0, width, 1, 1, 0x11, 0])
    head += bytes.fromhex("ffc4 001c 00 00000009 000000000000000000000000") + bytes(range(9))
    head += bytes.fromhex("ffda 0008 01 01 00 01 00") + bytes([transform])
    bits = ""
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            above = rows[y - 1][0] if y else 128 >> transform
            difference = value - (row[x - 1] if x else above)
            category = abs(difference).bit_length()
            bits += f"{category:04b}"
            if category:
                bits += f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}"
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return head + data.replace(b"\xff", b"\xff\0") + bytes.fromhex("ffd9")

import imagecodecs
rows = [[10, 20, 30, 40], [50, 60, 70, 80], [90, 100, 110, 120]]
for transform in (0, 1):
    file = encode(rows, transform)
    open(f"{transform}.jpg", "wb").write(file)
    print(f"libjpeg-turbo, transform {transform}:", *imagecodecs.jpeg8_decode(file).flatten())
PY
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Decoder } from 'jpeg-lossless-decoder-js';
for (const transform of [0, 1]) {
  const file = readFileSync(`${transform}.jpg`);
  const pixels = new Decoder().decode(file.buffer, file.byteOffset, file.length, 1);
  console.log(`jpeg-lossless-decoder-js, transform ${transform}:`, ...new Uint8Array(pixels.buffer));
}
JS
seen=$(venv/bin/python make.py; node read.mjs)
echo "$seen"
[[ $seen == "libjpeg-turbo, transform 0: 10 20 30 40 50 60 70 80 90 100 110 120
libjpeg-turbo, transform 1: 10 20 30 40 50 60 70 80 90 100 110 120
jpeg-lossless-decoder-js, transform 0: 10 20 30 40 50 60 70 80 90 100 110 120
jpeg-lossless-decoder-js, transform 1: 69 74 79 84 89 94 99 104 109 114 119 124" ]]
echo "As seen: half of each value, plus 64."
