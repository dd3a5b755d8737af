#!/usr/bin/env bash
# jpeg-lossless-decoder-js 2.1.2, the lossless JPEG decoder of web viewers: with restart intervals and any predictor but the first,
# what follows the first restart is wrong. T.81 annex H.1.2.1 predicts the line after a restart as the first line of the image,
# from the left; the decoder predicts it by the scan's predictor, from the line above. Nothing is said. libjpeg-turbo gives the
# values that were stored, and so does this decoder where the predictor is 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet imagecodecs==2026.3.6 numpy==2.4.6
npm init --yes > /dev/null
npm install --silent jpeg-lossless-decoder-js@2.1.2
cat > make.py <<'PY'
def encode(rows, predictor):
    """A lossless JPEG (ITU T.81 annex H) of 8 bit and one component; each category 0 to 8 has a code of four bits."""
    height, width = len(rows), len(rows[0])
    head = bytes.fromhex("ffd8 ffc3 000b 08") + bytes([0, height, 0, width, 1, 1, 0x11, 0])
    head += bytes.fromhex("ffc4 001c 00 00000009 000000000000000000000000") + bytes(range(9))
    head += bytes.fromhex("ffdd 0004") + bytes([0, width])
    head += bytes.fromhex("ffda 0008 01 01 00") + bytes([predictor, 0, 0])
    data, bits = b"", ""
    def flush(bits):
        bits += "1" * (-len(bits) % 8)
        return b"".join(bytes([int(bits[i:i + 8], 2)]).replace(b"\xff", b"\xff\0") for i in range(0, len(bits), 8))
    for y in range(height):
        if y:
            data, bits = data + flush(bits) + bytes([0xFF, 0xD0 + (y - 1) % 8]), ""
        for x in range(width):
            # Every line follows a restart.
            guess = rows[y][x - 1] if x else 128
            difference = rows[y][x] - guess
            category = abs(difference).bit_length()
            bits += f"{category:04b}"
            if category:
                bits += f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}"
    return head + data + flush(bits) + bytes.fromhex("ffd9")

import imagecodecs
rows = [[10, 20, 30, 40], [50, 60, 70, 80], [90, 100, 110, 120]]
for predictor in (1, 2):
    file = encode(rows, predictor)
    open(f"{predictor}.jpg", "wb").write(file)
    print(f"libjpeg-turbo, predictor {predictor}:", *imagecodecs.jpeg8_decode(file).flatten())
PY
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Decoder } from 'jpeg-lossless-decoder-js';
for (const predictor of [1, 2]) {
  const file = readFileSync(`${predictor}.jpg`);
  const pixels = new Decoder().decode(file.buffer, file.byteOffset, file.length, 1);
  console.log(`jpeg-lossless-decoder-js, predictor ${predictor}:`, ...new Uint8Array(pixels.buffer));
}
JS
seen=$(venv/bin/python make.py; node read.mjs)
echo "$seen"
[[ $seen == "libjpeg-turbo, predictor 1: 10 20 30 40 50 60 70 80 90 100 110 120
libjpeg-turbo, predictor 2: 10 20 30 40 50 60 70 80 90 100 110 120
jpeg-lossless-decoder-js, predictor 1: 10 20 30 40 50 60 70 80 90 100 110 120
jpeg-lossless-decoder-js, predictor 2: 10 20 30 40 50 30 40 50 90 40 50 60" ]]
echo "As seen: with a restart before each line, all lines but the first are wrong."
