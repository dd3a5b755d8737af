"""What DCMTK's and GDCM's command-line tools make of compressed pixel data; unlike a library, a tool may crash."""

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


def ask_dcmtk_for_rgb(case, want):
    """DCMTK turns luma and chroma into RGB as it decodes."""
    found = decoded(["dcmdjpeg"], case.files[0][1])
    near = not isinstance(found, str) and np.abs(found - want.astype(np.int64).ravel()).max() <= 4
    name, version = references.dcmtk()
    case.references.append({"name": name, "version": version, "says": "agrees" if near else "differs: other colours"})
    follow(case)


def follow(case):
    """Where a program differs, the encoder's input decides."""
    if any(entry["says"] != "agrees" for entry in case.references) and not case.followed:
        case.followed = "the numbers that were encoded"
