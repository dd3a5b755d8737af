#!/usr/bin/env bash
# nifti-reader-js 0.8.0, which web viewers read NIfTI with: where a file has both a qform and an sform, `affine` is that of the
# larger code, so a qform of code 2 beats an sform of code 1. nibabel (and ITK) take the sform whenever its code is not zero. A
# file whose two forms differ lies elsewhere then, here with left and right exchanged; nothing is said.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet nibabel==5.4.2 numpy==2.4.6
npm init --yes > /dev/null
npm install --silent nifti-reader-js@0.8.0
cat > make.py <<'PY'
import nibabel, numpy
image = nibabel.Nifti1Image(numpy.zeros((2, 3, 4), numpy.int16), None)
image.set_sform(numpy.array([[2, 0, 0, 10], [0, 2, 0, 20], [0, 0, 2, 30], [0, 0, 0, 1]]), code=1)
image.set_qform(numpy.array([[-2, 0, 0, -10], [0, 2, 0, -20], [0, 0, 2, -30], [0, 0, 0, 1]]), code=2)
nibabel.save(image, "both.nii")
print("nibabel:", *nibabel.load("both.nii").affine[0])
PY
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import * as nifti from 'nifti-reader-js';
const file = readFileSync('both.nii');
const header = nifti.readHeader(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
console.log('nifti-reader-js:', ...header.affine[0].map((value) => value || 0));
JS
seen=$(venv/bin/python make.py; node read.mjs)
echo "$seen"
[[ $seen == "nibabel: 2.0 0.0 0.0 10.0
nifti-reader-js: -2 0 0 -10" ]]
echo "As seen: x goes the other way."
