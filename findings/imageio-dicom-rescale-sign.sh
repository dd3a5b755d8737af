#!/usr/bin/env bash
# imageio 2.38.1 reads unsigned DICOM pixels from 128 (or 32768) on as negative numbers when Rescale Slope is 1 and Rescale Intercept 0.
#
# Why it surprises: a rescale of 1 and 0 changes nothing (PS3.3 C.11.1.1.2), and many writers state it. The plugin that imread takes for
# .dcm (the one named DICOM; deprecated, but still before the one of pydicom) looks for the smallest type that holds the result, and picks
# int8 for results below 256 and int16 for those below 65536. The same file without the two attributes gives uint8 and uint16 and the
# right numbers. There is no error.
# Seen on 2026-11-29: stored 127, 128, 200, 255 gives 127, -128, -56, -1; stored 32767, 32768, 65535 gives 32767, -32768, -1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install imageio==2.38.1 pydicom==3.0.2 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import contextlib
import io
import os
import sys

import imageio
import imageio.v3
import numpy
import pydicom
from pydicom.uid import SecondaryCaptureImageStorage, ExplicitVRLittleEndian


def read(pixels, rescale):
    """What imageio reads from a file with these pixels, alone in its folder."""
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.InstanceNumber = "1.2.3.1", "1.2.3.2", 1
    data.set_pixel_data(pixels, "MONOCHROME2", 8 * pixels.itemsize)
    if rescale:
        data.RescaleSlope, data.RescaleIntercept = 1, 0
    folder = os.path.join(sys.argv[1], f"{pixels.dtype}-{rescale}")
    os.mkdir(folder)
    path = os.path.join(folder, "image.dcm")
    data.save_as(path, enforce_file_format=True)
    assert (pydicom.dcmread(path).pixel_array == pixels).all()
    with contextlib.redirect_stdout(io.StringIO()):
        return imageio.v3.imread(path)


for dtype, values in (("uint8", [[127, 128], [200, 255]]), ("uint16", [[300, 32767], [32768, 65535]])):
    pixels = numpy.array(values, dtype)
    plain, rescaled = read(pixels, False), read(pixels, True)
    print("imageio", imageio.__version__, "stored:", pixels.ravel(), "plain:", plain.ravel(), "rescaled:", rescaled.ravel())
    assert plain.dtype == pixels.dtype and (plain == pixels).all()
    assert (rescaled == pixels.view(dtype.removeprefix("u"))).all(), "imageio reads this file in another way now"
    assert rescaled.min() < 0
PYTHON
