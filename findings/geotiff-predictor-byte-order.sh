#!/usr/bin/env bash
# geotiff 3.0.5 (JavaScript) gives other numbers for big-endian TIFF files of 16 bits or floats that were written with a predictor.
#
# Why it surprises: the horizontal predictor works on samples, in the byte order of the file (TIFF 6.0, section 14), and the floating point
# predictor puts the highest byte first in any file (TIFF technical note 3). geotiff undoes both in the order of the machine and swaps
# the bytes afterwards. The same pixels in a little-endian file, or without a predictor, are read right; tifffile and libtiff (in OpenCV
# 5.0.0) read all. There is no error: whole numbers differ wherever a sum carries over to the other byte, floats have their bytes reversed.
# Seen on 2026-11-29: 0, 100, 200, 300, 400 gives 0, 100, 200, 44, 144; -10, -5, 0, 5, 10 gives numbers near 1e-41 and 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy
import tifffile

kinds = {"whole": (numpy.arange(5, dtype="u2")[None] * 100, 2), "floats": (numpy.arange(-10, 11, 5, dtype="f4")[None], 3)}
for kind, (pixels, predictor) in kinds.items():
    for order, name in (("<", "little"), (">", "big")):
        for used in (None, predictor):
            path = f"{sys.argv[1]}/{kind}-{name}-{used or 1}.tif"
            tifffile.imwrite(path, pixels, byteorder=order, compression="zlib", predictor=used, metadata=None)
            assert (tifffile.imread(path) == pixels).all()
PYTHON
npm install --silent --no-audit --no-fund --prefix "$folder" geotiff@3.0.5
cat > "$folder/read.mjs" <<'JS'
import assert from "assert";
import fs from "fs";
import { fromArrayBuffer } from "geotiff";

async function read(kind, order, predictor) {
  const file = fs.readFileSync(new URL(`${kind}-${order}-${predictor}.tif`, import.meta.url));
  const image = await (await fromArrayBuffer(Uint8Array.from(file).buffer)).getImage();
  const values = Array.from(await image.readRasters({ interleave: true }));
  console.log(`geotiff 3.0.5: ${kind}, ${order}-endian, predictor ${predictor}:`, values.join(" "));
  return values;
}

const right = { whole: [0, 100, 200, 300, 400], floats: [-10, -5, 0, 5, 10] };
for (const [kind, predictor] of [["whole", 2], ["floats", 3]]) {
  assert.deepEqual(await read(kind, "little", 1), right[kind]);
  assert.deepEqual(await read(kind, "little", predictor), right[kind]);
  assert.deepEqual(await read(kind, "big", 1), right[kind]);
}
const changed = "geotiff reads these files in another way now";
assert.deepEqual(await read("whole", "big", 2), [0, 100, 200, 44, 144], changed);
const reversed = right.floats.map((value) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, false);
  return view.getFloat32(0, true);
});
assert.deepEqual(await read("floats", "big", 3), reversed, changed);
JS
node "$folder/read.mjs"
