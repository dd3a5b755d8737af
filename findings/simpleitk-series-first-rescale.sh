#!/usr/bin/env bash
# SimpleITK 2.5.7 reads a series whose slices have rescale slopes of their own in the number type of the first file: fractions are cut
# off, and what is too large wraps around.
#
# Why it surprises: PET slices are often scaled one by one (Rescale Slope is an attribute of each image, PS3.3 C.8.9.4 and C.11.1), and
# a single file with a slope of 0.25 comes as floats with the right values. ImageSeriesReader applies every file's own slope as well,
# but into the type that the first file needs. Where that one's slope is a whole number, all others become whole numbers without a
# word; with the files in the other order the values are right.
# Seen on 2026-11-29: stored 3 and 40000 with slopes 1, 2, 0.25: 16-bit unsigned integers 3 40000, 6 14464, 0 10000 instead of
# 3 40000, 6 80000, 0.75 10000.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install simpleitk==2.5.7 pydicom==3.0.2 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy
import pydicom
import SimpleITK
from pydicom.uid import ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage

STORED = numpy.array([[3, 40000]], numpy.uint16)
SLOPES = [1, 2, 0.25]

paths = []
for index, slope in enumerate(SLOPES):
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = PositronEmissionTomographyImageStorage, f"1.2.3.{index + 1}"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.InstanceNumber = "1.2.4.1", "1.2.4.2", index + 1
    data.Modality, data.Units, data.RescaleSlope, data.RescaleIntercept = "PT", "BQML", slope, 0
    data.PixelSpacing, data.SliceThickness = [2, 2], 3
    data.ImageOrientationPatient, data.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 3 * index]
    data.set_pixel_data(STORED, "MONOCHROME2", 16)
    paths.append(f"{sys.argv[1]}/{index}.dcm")
    data.save_as(paths[-1], enforce_file_format=True)


def read(files):
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(files)
    image = reader.Execute()
    return image.GetPixelIDTypeAsString(), SimpleITK.GetArrayFromImage(image).reshape(len(files), 2)


right = numpy.outer(SLOPES, STORED)
kind, forward = read(paths)
print("SimpleITK", SimpleITK.Version_VersionString(), kind, *forward, "right:", *right)
for path, want in zip(paths, right):
    assert (SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(path)).ravel() == want).all()
kind, backward = read(paths[::-1])
print("fraction first:", kind, *backward)
assert (backward == right[::-1]).all()
assert forward.tolist() == [[3, 40000], [6, 80000 - 65536], [0, 10000]], "SimpleITK reads this series in another way now"
PYTHON
