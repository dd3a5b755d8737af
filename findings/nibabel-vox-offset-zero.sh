#!/usr/bin/env bash
# nibabel 5.4.2 gives the bytes of the header as voxels when a single-file NIfTI-1 image states a vox_offset of 0.
#
# Why it surprises: nifti1.h says that the data of a .nii file begin at vox_offset, and that the smallest offset that makes
# sense there is 352, behind the header. A vox_offset of 0 is what a writer leaves that did not fill the field in (it is right
# for the header of a .hdr/.img pair). One would expect an error, a warning, or an offset of 352; what comes is 348, the
# header's own first field, and 173 more numbers of the header, in a volume that looks like any other.
# Seen on 2026-11-29: "first voxels: [348 0 0 0]", no warning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install nibabel==5.4.2 numpy==2.3.5
"$folder/venv/bin/python" -W error - "$folder/image.nii" <<'PYTHON'
import struct
import sys

import nibabel
import numpy

path = sys.argv[1]
voxels = numpy.arange(1000, 1000 + 2 * 2 * 44, dtype=numpy.int16).reshape(2, 2, 44)
nibabel.Nifti1Image(voxels, numpy.eye(4)).to_filename(path)
with open(path, "rb") as file:
    image = bytearray(file.read())
assert struct.unpack_from("<f", image, 108) == (352.0,)
struct.pack_into("<f", image, 108, 0.0)
with open(path, "wb") as file:
    file.write(image)
read = numpy.asanyarray(nibabel.load(path).dataobj).ravel(order="F")
print("nibabel", nibabel.__version__, "first voxels:", read[:4], "(stored:", voxels.ravel(order="F")[:4], ")")
assert read[:4].tolist() == [348, 0, 0, 0], "nibabel reads this file in another way now"
PYTHON
