"""Reference values of real medical files, computed by other people's readers.

    python -m venv venv
    venv/bin/pip install pydicom==3.0.2 pydicom-data==1.0.0 nibabel==5.4.2 pillow==13.0.0 \
        pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0 pyjpegls==1.5.1
    venv/bin/python tests/images/reference/make_reference.py > tests/images/reference/reference.json

Nothing here comes from this project's own code. For each file: size, a SHA-256 over all pixels (grey as
little-endian int32 or float32, colour as RGB bytes), stored, real and shown values at drawn positions, spacing and
orientation. Frames are in the file's order.
"""

import gzip
import hashlib
import io
import json
import random
import sys
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.pixels.processing import convert_color_space

warnings.simplefilter("ignore")

PYDICOM = Path(pydicom.__file__).parent / "data/test_files"
DATA = Path(pydicom.__file__).parent.parent / "data_store/data"
NIBABEL = Path(nibabel.__file__).parent

LOSSY = {
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91",
}
LITTLE_SAMPLES, MANY_SAMPLES = 12, 160


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def number(value):
    return round(float(value), 6) if np.isfinite(value) else None


def numbers(values):
    return [number(v) for v in np.asarray(values).ravel()]


def shown(ds, real, at):
    """Brightness 0..255 by the file's first table, else its first window; None where it has neither."""
    if "VOILUTSequence" in ds:
        bits = ds.VOILUTSequence[0].LUTDescriptor[2]
        out = apply_voi(np.rint(real).astype(np.int32), ds)
        return np.clip(out[at] / (2.0**bits - 1), 0, 1) * 255
    if "WindowCenter" in ds and ds.WindowCenter not in (None, ""):
        # The range of the output is found by values far outside of the window.
        values = np.concatenate([[-1e9], real[at].astype(float), [1e9]])
        out = apply_windowing(values, ds)
        if out[-1] > out[0]:
            return (out[1:-1] - out[0]) / (out[-1] - out[0]) * 255
    return None


def pixels(ds):
    """All frames, [frames, rows, columns(, 3)], as the viewer keeps them, and whether they are colour."""
    syntax = ds.file_meta.TransferSyntaxUID
    plugin = {"1.2.840.10008.1.2.4.50": "pillow"}.get(syntax)
    ds.pixel_array_options(raw=False, **({"decoding_plugin": plugin} if plugin else {}))
    array = ds.pixel_array
    color = ds.SamplesPerPixel == 3
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        array = apply_color_lut(array, ds)
        color = True
        bits = 16 if array.dtype == np.uint16 and array.max() > 255 else 8
        array = (array >> (bits - 8)).astype(np.uint8)
    elif color and array.dtype != np.uint8:
        array = (array >> (ds.BitsStored - 8)).astype(np.uint8)
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    return array.reshape((frames, ds.Rows, ds.Columns) + ((3,) if color else ())), color


def dicom(package, member, raw):
    entry = {"package": package, "file": member, "kind": "dicom"}
    ds = pydicom.dcmread(io.BytesIO(raw), force=True)
    entry["syntax"] = str(ds.file_meta.get("TransferSyntaxUID", "")) if ds.get("file_meta") else ""
    try:
        array, color = pixels(ds)
    except Exception as error:
        entry["refused"] = type(error).__name__
        return entry
    lossy = entry["syntax"] in LOSSY
    entry["shape"] = [int(n) for n in array.shape[:3]]
    entry["color"] = color
    entry["photometric"] = ds.PhotometricInterpretation
    if not lossy:
        entry["sha256"] = digest(array if color else array.astype("<i4") if array.dtype.kind in "iu" else array.astype("<f4"))
    entry["mean"] = number(array.mean())
    draw = random.Random(member)
    count = MANY_SAMPLES if lossy else LITTLE_SAMPLES
    at = [[draw.randrange(n) for n in array.shape[:3]] for _ in range(count)]
    index = tuple(np.array(at).T)
    entry["at"] = at
    entry["stored"] = numbers(array[index])
    if not color:
        # Enhanced objects keep their rescale in functional groups.
        shared = (ds.get("SharedFunctionalGroupsSequence") or [pydicom.Dataset()])[0]
        real = apply_modality_lut(array, (shared.get("PixelValueTransformationSequence") or [ds])[0])
        if "ModalityLUTSequence" not in ds and "DoseGridScaling" in ds:
            real = array * float(ds.DoseGridScaling)
        entry["real"] = numbers(real[index])
        gray = shown(ds, real, index)
        if gray is not None:
            entry["shown"] = numbers(gray)
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        if ds.get(name) and all(float(x) > 0 for x in ds[name].value):
            entry["spacing"] = [float(x) for x in ds[name].value]
            break
    if ds.get("ImagePositionPatient") and ds.get("ImageOrientationPatient"):
        entry["position"] = [float(x) for x in ds.ImagePositionPatient]
        entry["orientation"] = [float(x) for x in ds.ImageOrientationPatient]
    return entry


def nifti(package, member, raw):
    entry = {"package": package, "file": member, "kind": "nifti"}
    data = gzip.decompress(raw) if member.endswith(".gz") else raw
    kind = nibabel.Nifti2Image if data[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") else nibabel.Nifti1Image
    image = kind.from_bytes(data)
    stored = np.asanyarray(image.dataobj.get_unscaled())
    real = np.asanyarray(image.dataobj)
    shape = (tuple(stored.shape) + (1, 1, 1))[:3]
    times = int(np.prod(stored.shape[3:], dtype=int)) if stored.ndim > 3 else 1
    stored = stored.reshape(shape + (times,), order="F")
    real = real.reshape(shape + (times,), order="F")
    entry["shape"] = list(shape)
    entry["times"] = times
    entry["dtype"] = str(stored.dtype)
    entry["mean"] = number(real.mean())
    affine = image.affine
    # Slices are shown with the patient's left on the right, the back below, and the feet below.
    turned = stored
    for axis, (to, sign) in enumerate(nibabel.io_orientation(affine)):
        head_up = to == 2 and axis == 2
        if (sign < 0) == head_up:
            turned = np.flip(turned, axis)
    frames = np.transpose(turned, (3, 2, 1, 0))
    entry["sha256"] = digest(frames.astype("<i4") if stored.dtype.kind in "iu" else frames.astype("<f4"))
    draw = random.Random(member)
    at = [[draw.randrange(n) for n in stored.shape] for _ in range(40)]
    entry["lps"], entry["real"], entry["time"] = [], [], []
    for i, j, k, t in at:
        x, y, z = affine[:3, :3] @ [i, j, k] + affine[:3, 3]
        entry["lps"].append(numbers([-x, -y, z]))
        entry["real"].append(number(real[i, j, k, t]))
        entry["time"].append(t)
    return entry


def main():
    entries = []
    files = [("pydicom", "pydicom/data/test_files", p) for p in sorted(PYDICOM.glob("*.dcm"))]
    files += [("pydicom-data", "data_store/data", p) for p in sorted(DATA.glob("*.dcm"))]
    folder = NIBABEL / "nicom/tests/data"
    files += [("nibabel", "nibabel/nicom/tests/data", p) for p in sorted(folder.glob("*.dcm*"))]
    for package, folder, path in files:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if path.suffix == ".gz" else raw
        entries.append(dicom(package, f"{folder}/{path.name}", data))
    for path in sorted((NIBABEL / "tests/data").glob("*.nii*")):
        entries.append(nifti("nibabel", f"nibabel/tests/data/{path.name}", path.read_bytes()))
    versions = {"pydicom": pydicom.__version__, "nibabel": nibabel.__version__, "numpy": np.__version__}
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    sys.stdout.write(f'{{"versions":{json.dumps(versions)},"files":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
