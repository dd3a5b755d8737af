#!/usr/bin/env bash
# safetensors 0.8.0 scrambles the voxels of a volume that nibabel has read: its NumPy writer stores memory order under C order's shape.
#
# Why it surprises: arrays of nibabel lie in memory as in the file, the first axis fastest (NIfTI, nifti1.h), which NumPy calls Fortran
# order. They are whole and contiguous, as the writer's documentation asks, and compare equal to their copies in C order. save_file
# takes the memory as it lies and writes the array's shape beside it, so that what is loaded has the right shape, type and histogram, and
# voxels in other places. numpy.save and safetensors 0.7.0 keep them in place. No error, no warning.
# Seen on 2026-11-29: voxels [0, 0, :] of a 2 x 3 x 4 volume 0, 1, 2, 3 come back as 0, 12, 4, 16; right after ascontiguousarray.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install safetensors==0.8.0 nibabel==5.4.2 numpy==2.3.5
"$folder/venv/bin/python" -W error - "$folder" <<'PYTHON'
import sys

import nibabel
import numpy
import safetensors
from safetensors.numpy import load_file, save_file

voxels = numpy.arange(24, dtype=numpy.int16).reshape(2, 3, 4)
nibabel.Nifti1Image(voxels, numpy.eye(4)).to_filename(f"{sys.argv[1]}/volume.nii")
volume = nibabel.load(f"{sys.argv[1]}/volume.nii").get_fdata(dtype=numpy.float32)
assert (volume == voxels).all() and volume.flags.f_contiguous

path = f"{sys.argv[1]}/volume.safetensors"
save_file({"read": volume, "copied": numpy.ascontiguousarray(volume)}, path)
loaded = load_file(path)
print("safetensors", safetensors.__version__, "stored:", volume[0, 0], "read:", loaded["read"][0, 0], "copied:", loaded["copied"][0, 0])
assert (loaded["copied"] == volume).all()
assert loaded["read"].shape == volume.shape
memory = volume.ravel(order="K").reshape(volume.shape)
assert (loaded["read"] == memory).all() and (memory != volume).any(), "safetensors writes this array in another way now"
PYTHON
