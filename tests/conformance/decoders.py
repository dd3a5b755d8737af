"""What DCMTK's and GDCM's command-line tools make of compressed pixel data; unlike a library, a tool may crash."""

import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pydicom

import references

GDCM = ["gdcmconv", "--raw"]


def decoded(tool, data):
    """The stored numbers, flat, or words when the tool refuses; `None` when it does not know the transfer syntax."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.dcm", Path(folder) / "out.dcm"
        source.write_bytes(data)
        done = subprocess.run([*tool, source, target], capture_output=True)
        if done.returncode != 0 or not target.exists():
            return "refuses it"
        ds = pydicom.dcmread(target)
        if ds.SamplesPerPixel == 3 and ds.PhotometricInterpretation != "RGB" and tool == ["dcmdjpeg"]:
            return "leaves luma and chroma"
        count = ds.Rows * ds.Columns * ds.SamplesPerPixel * int(ds.get("NumberOfFrames", 1) or 1)
        array = np.frombuffer(ds.PixelData, f"<u{ds.BitsAllocated // 8}")[:count]
        if ds.SamplesPerPixel == 3 and ds.get("PlanarConfiguration") == 1:
            array = np.moveaxis(array.reshape(-1, 3, ds.Rows, ds.Columns), 1, -1).ravel()
        return references.masked(array, ds)


def ask(case, want, dcmtk=None, tolerance=0):
    """Puts into the case what the programs say about its only file."""
    tools = [(("GDCM", references.GDCM[1]), GDCM), *([(references.dcmtk(), [dcmtk])] if dcmtk else [])]
    for (name, version), tool in tools:
        found = decoded(tool, case.files[0][1])
        if isinstance(found, str):
            says = f"differs: {found}"
        else:
            near = found.size == want.size and np.abs(found - want.astype(np.int64).ravel()).max() <= tolerance
            says = "agrees" if near else "differs: other numbers"
        case.references.append({"name": name, "version": version, "says": says})
    follow(case)
    return case


def ask_dcmtk_for_rgb(case, want, data=None):
    """DCMTK turns luma and chroma into RGB as it decodes; `data` is a DICOM file around a picture."""
    found = decoded(["dcmdjpeg"], data or case.files[0][1])
    near = not isinstance(found, str) and np.abs(found - want.astype(np.int64).ravel()).max() <= 4
    name, version = references.dcmtk()
    case.references.append({"name": name, "version": version, "says": "agrees" if near else "differs: other colours"})
    follow(case)


def ask_pydicom(case, want):
    """pydicom's pixels as RGB, decoded by pylibjpeg."""
    found = pydicom.pixels.pixel_array(io.BytesIO(case.files[0][1]), decoding_plugin="pylibjpeg").astype(int)
    says = "agrees" if np.abs(found - want).max() <= 4 else "differs: takes JFIF, and components named R, G and B, for more than the header"
    case.references.append({"name": "pydicom", "version": pydicom.__version__, "says": says})
    follow(case)


def follow(case):
    """Where a program differs, the standard decides: lossless numbers are those that were encoded."""
    if any(entry["says"] != "agrees" for entry in case.references) and not case.followed:
        case.followed = "the standard"
