"""What other programs read from a file: DCMTK's and GDCM's stored numbers, DCMTK's pictures and texts."""

import functools
import re
import subprocess
import tempfile
from pathlib import Path

import gdcm
import numpy as np
import pydicom

TYPES = {"UINT8": "u1", "INT8": "i1", "UINT16": "u2", "INT16": "i2", "UINT32": "u4", "INT32": "i4", "FLOAT32": "f4",
         "FLOAT64": "f8", "UINT12": "u2", "INT12": "i2", "SINGLEBIT": "u1"}
DECODERS = {"1.2.840.10008.1.2.4.5": "dcmdjpeg", "1.2.840.10008.1.2.4.7": "dcmdjpeg", "1.2.840.10008.1.2.4.8": "dcmdjpls",
            "1.2.840.10008.1.2.5": "dcmdrle"}


@functools.cache
def dcmtk_version():
    text = subprocess.run(["dcmdump", "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"v(\d+\.\d+\.\d+)", text)[1]


PYDICOM = ("pydicom", pydicom.__version__)
GDCM = ("GDCM", gdcm.Version.GetVersion())


def dcmtk():
    return ("DCMTK", dcmtk_version())


def stored_by_dcmtk(path):
    """Stored numbers as DCMTK decodes them, flat; `None` for a form that it does not know."""
    syntax = str(pydicom.dcmread(path, stop_before_pixels=True, force=True).file_meta.TransferSyntaxUID)
    if syntax.startswith("1.2.840.10008.1.2.4.9"):
        return None
    tool = next((tool for prefix, tool in DECODERS.items() if syntax.startswith(prefix)), "dcmconv")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "plain.dcm"
        # 8-bit pixels are written as bytes; colour stays as it is encoded.
        done = subprocess.run([tool, *(["+te"] if tool == "dcmconv" else []), *(["+cn"] if tool == "dcmdjpeg" else []), path, out],
                              capture_output=True, text=True)
        if done.returncode != 0:
            return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "refused"
        ds = pydicom.dcmread(out)
        for keyword in ("FloatPixelData", "DoubleFloatPixelData"):
            if keyword in ds:
                return np.frombuffer(ds[keyword].value, "<f4" if keyword[0] == "F" else "<f8")
        if ds.BitsAllocated == 1:
            return None
        array = np.frombuffer(ds.PixelData, f"<u{ds.BitsAllocated // 8}")
        count = ds.Rows * ds.Columns * ds.SamplesPerPixel * int(ds.get("NumberOfFrames", 1) or 1)
        return masked(array[:count], ds)


def masked(array, ds):
    """The stored bits alone, with their sign."""
    bits = ds.BitsStored
    array = array.astype(np.int64) & ((1 << bits) - 1)
    if ds.PixelRepresentation == 1:
        array = np.where(array >= 1 << (bits - 1), array - (1 << bits), array)
    return array


def stored_by_gdcm(path):
    """Stored numbers as GDCM decodes them, flat; text when it refuses."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    if not reader.Read():
        return "refused"
    image = reader.GetImage()
    pixel_format = image.GetPixelFormat()
    kind = TYPES.get(pixel_format.GetScalarTypeAsString())
    if kind is None:
        return "refused"
    buffer = image.GetBuffer()
    if not isinstance(buffer, bytes):
        buffer = buffer.encode("utf-8", "surrogateescape")
    return np.frombuffer(buffer, "<" + kind)


def shown_by_dcmtk(path, frame=0, window="+Wi"):
    """The picture by the file's first window or table, 8-bit grey or colour; text when DCMTK refuses."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "shown.pnm"
        options = [window, "1"] if window in ("+Wi", "+Wl") else []
        done = subprocess.run(["dcm2pnm", "+F", str(frame + 1), *options, "+op", path, out], capture_output=True, text=True)
        if done.returncode != 0 or not out.exists():
            return done.stderr.strip() or "refused"
        data = out.read_bytes()
    magic, size, _, rest = data.split(b"\n", 3)
    columns, rows = map(int, size.split())
    channels = 3 if magic == b"P6" else 1
    array = np.frombuffer(rest, np.uint8)[:rows * columns * channels]
    return array.reshape((rows, columns, 3) if channels == 3 else (rows, columns))


def texts_by_dcmtk(path):
    """Texts of a file as DCMTK turns them into UTF-8; `None` for sets that its conversion library does not know."""
    done = subprocess.run(["dcmdump", "+U8", "+L", path], capture_output=True)
    if b"is not supported by the utilized" in done.stderr:
        return None
    return {text.rstrip(" =") for text in re.findall(r" \[(.*)\] +#", done.stdout.decode("utf-8", "replace"))}


def texts_by_pydicom(path):
    """Texts of a file as pydicom decodes them."""
    return {str(element.value).rstrip(" =") for element in pydicom.dcmread(path)}


def compare(found, want):
    """\"agrees\", or how a reference's numbers differ from those that were written."""
    if isinstance(found, str):
        return f"differs: refuses it ({found})" if found != "refused" else "differs: refuses it"
    want = np.asarray(want).ravel()
    found = np.asarray(found).ravel()[:want.size]
    if found.size != want.size:
        return f"differs: {found.size} numbers instead of {want.size}"
    if found.dtype.kind in "iu" and want.dtype.kind in "iu":
        wrong = int(np.count_nonzero(found.astype(np.int64) != want.astype(np.int64)))
    else:
        wrong = int(np.count_nonzero(found.astype(np.float64) != want.astype(np.float64)))
    return "agrees" if wrong == 0 else f"differs: {wrong} of {want.size} numbers"
