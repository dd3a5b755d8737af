#!/usr/bin/env bash
# @cornerstonejs/codec-openjpeg 1.3.6 decodes signed JPEG 2000 samples of up to 8 bits with every negative number as 0.
#
# Why it surprises: the decoder says isSigned and gives signed pictures of 9 to 16 bits right, in a lossless code stream (ITU-T T.800,
# A.5.1, Ssiz). One byte a sample goes through a clamp to 0 to 255 instead, so that half of the range of Pixel Representation 1 with
# Bits Allocated 8 (PS3.5 8.1.1) is gone, without an error. OpenJPEG itself, in imagecodecs, keeps the numbers.
# Seen on 2026-11-29: 8 bits -128, -1, 0, 127 gives 0, 0, 0, 127; 12 bits -2048, -1, 0, 2047 gives these.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install imagecodecs==2026.3.6 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import imagecodecs
import numpy

for bits, dtype, values in ((8, numpy.int8, [-128, -1, 0, 127]), (12, numpy.int16, [-2048, -1, 0, 2047])):
    pixels = numpy.repeat(numpy.array(values, dtype), 4).reshape(4, 4).repeat(2, 0).repeat(2, 1)
    stream = imagecodecs.jpeg2k_encode(pixels, codecformat="J2K", reversible=True, level=0, bitspersample=bits)
    assert (imagecodecs.jpeg2k_decode(stream) == pixels).all()
    open(f"{sys.argv[1]}/{bits}.j2k", "wb").write(stream)
PYTHON
npm install --silent --no-audit --no-fund --prefix "$folder" @cornerstonejs/codec-openjpeg@1.3.6
cat > "$folder/read.cjs" <<'JS'
const assert = require("assert");
const fs = require("fs");

require("@cornerstonejs/codec-openjpeg")({ print() {} }).then((module) => {
  const read = (bits) => {
    const stream = fs.readFileSync(`${__dirname}/${bits}.j2k`);
    const decoder = new module.J2KDecoder();
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    const { isSigned, bitsPerSample } = decoder.getFrameInfo();
    const bytes = Uint8Array.from(decoder.getDecodedBuffer());
    const samples = bits > 8 ? new Int16Array(bytes.buffer) : new Int8Array(bytes.buffer);
    // 8 rows of 8, two rows a value.
    const values = [0, 2, 4, 6].map((row) => samples[8 * row]);
    console.log(`codec-openjpeg 1.3.6: ${bitsPerSample} bits, signed ${isSigned}:`, values);
    assert.equal(isSigned, true);
    return values;
  };
  assert.deepEqual(read(12), [-2048, -1, 0, 2047]);
  assert.deepEqual(read(8), [0, 0, 0, 127], "codec-openjpeg decodes these samples in another way now");
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
JS
node "$folder/read.cjs"
