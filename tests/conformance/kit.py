"""What the scripts of the conformance set share: DICOM files from arrays, cases, and values as cases.json has them."""

import hashlib
import io
import json
from dataclasses import dataclass, field

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

# Elements that are UN on purpose stay so.
pydicom.config.replace_un_with_known_vr = False

MADE_BY = f"pydicom {pydicom.__version__}"

IMPLICIT = UID("1.2.840.10008.1.2")
EXPLICIT = UID("1.2.840.10008.1.2.1")
DEFLATED = UID("1.2.840.10008.1.2.1.99")
BIG_ENDIAN = UID("1.2.840.10008.1.2.2")
JPEG_BASELINE = UID("1.2.840.10008.1.2.4.50")
JPEG_LOSSLESS = UID("1.2.840.10008.1.2.4.57")
JPEG_LOSSLESS_SV1 = UID("1.2.840.10008.1.2.4.70")
JPEG_LS = UID("1.2.840.10008.1.2.4.80")
JPEG_LS_NEAR = UID("1.2.840.10008.1.2.4.81")
JPEG_2000 = UID("1.2.840.10008.1.2.4.90")
JPEG_2000_LOSSY = UID("1.2.840.10008.1.2.4.91")
RLE = UID("1.2.840.10008.1.2.5")

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "US multi": "1.2.840.10008.5.1.4.1.1.3.1", "OT": "1.2.840.10008.5.1.4.1.1.7", "XA": "1.2.840.10008.5.1.4.1.1.12.1",
    "RF": "1.2.840.10008.5.1.4.1.1.12.2", "CR": "1.2.840.10008.5.1.4.1.1.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2", "NM": "1.2.840.10008.5.1.4.1.1.20", "PT": "1.2.840.10008.5.1.4.1.1.128",
    "enhanced CT": "1.2.840.10008.5.1.4.1.1.2.1", "enhanced MR": "1.2.840.10008.5.1.4.1.1.4.1",
    "OPT": "1.2.840.10008.5.1.4.1.1.77.1.5.4", "SM": "1.2.840.10008.5.1.4.1.1.77.1.6",
    "parametric map": "1.2.840.10008.5.1.4.1.1.30", "XC": "1.2.840.10008.5.1.4.1.1.77.1.4",
}


def uid(*words):
    """A UID that depends on these words only."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return UID("2.25." + str(int.from_bytes(digest[:15], "big")))


def ramp(rows=12, columns=16, low=0, high=None, dtype=np.uint8):
    """Numbers from `low` to `high` along the rows, all different from their neighbours."""
    high = np.iinfo(dtype).max if high is None else high
    return np.linspace(low, high, rows * columns).round().astype(dtype).reshape(rows, columns)


def noise(name, shape, low, high, dtype):
    """Numbers drawn from the case's own name."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).integers(low, high, shape, dtype=dtype, endpoint=True)


def dicom(pixels, kind="OT", series="series", number=1, bits=None, **attributes):
    """A data set around pixels: [rows, columns], [frames, rows, columns], or these with three channels (uint8)."""
    pixels = np.asarray(pixels)
    color = pixels.ndim >= 3 and pixels.shape[-1] == 3
    shape = pixels.shape[:-1] if color else pixels.shape
    ds = Dataset()
    ds.SOPClassUID = CLASSES[kind]
    ds.SOPInstanceUID = uid(series, number)
    ds.StudyInstanceUID = uid("study")
    ds.SeriesInstanceUID = uid(series)
    ds.Modality = kind.split()[-1] if kind.split()[0] == "enhanced" else kind.split()[0]
    ds.InstanceNumber = number
    ds.Rows, ds.Columns = shape[-2:]
    if len(shape) == 3:
        ds.NumberOfFrames = shape[0]
    ds.SamplesPerPixel = 3 if color else 1
    ds.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
    if color:
        ds.PlanarConfiguration = 0
    if pixels.dtype.kind == "f":
        ds.BitsAllocated = pixels.dtype.itemsize * 8
        keyword = "FloatPixelData" if pixels.dtype.itemsize == 4 else "DoubleFloatPixelData"
        setattr(ds, keyword, pixels.tobytes())
    else:
        ds.BitsAllocated = pixels.dtype.itemsize * 8
        ds.BitsStored = bits or ds.BitsAllocated
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(pixels.dtype.kind == "i")
        if bits and pixels.dtype.kind == "i":
            # Bits above the highest stored one are not part of the number.
            pixels = pixels & ((1 << bits) - 1)
        data = pixels.tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
        ds["PixelData"].VR = "OB" if ds.BitsAllocated == 8 else "OW"
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def item(**attributes):
    """An item of a sequence."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def file_of(ds, syntax=EXPLICIT):
    """The bytes of a DICOM file; pixels of compressed forms are in place already."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    if syntax == BIG_ENDIAN:
        for keyword, size in [("PixelData", ds.get("BitsAllocated", 8) // 8), ("FloatPixelData", 4), ("DoubleFloatPixelData", 8)]:
            if keyword in ds and size > 1:
                element = ds[keyword]
                element.value = np.frombuffer(element.value, f"<u{size}").astype(f">u{size}").tobytes()
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def compressed(ds, syntax, frames, photometric=None):
    """Puts encoded frames into a data set and gives the file's bytes."""
    ds.PixelData = pydicom.encaps.encapsulate([bytes(frame) for frame in frames])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    if photometric:
        ds.PhotometricInterpretation = photometric
    return file_of(ds, syntax)


@dataclass
class Case:
    """One case; `files` are names and bytes."""

    id: str
    kind: str
    form: str
    files: list
    expect: dict
    syntax: str = ""
    authority: str = ""
    made_by: str = MADE_BY
    # What other programs are asked: the stored numbers of each file, the pictures under expect["shown"] with this option
    # of dcm2pnm, the texts of each file.
    stored: list = field(default_factory=list)
    view: str = ""
    texts: list = field(default_factory=list)
    # Programs that are known to say otherwise: {"GDCM": "differs: ..."}.
    differs: dict = field(default_factory=dict)
    followed: str = ""
    references: list = field(default_factory=list)

    def entry(self):
        """The case as cases.json has it."""
        keys = ["id", "kind", "form", "syntax", "made_by", "authority", "references", "followed", "expect"]
        entry = {key: getattr(self, key) for key in keys if getattr(self, key)}
        entry["files"] = [f"{self.id}/{name}" for name, _ in self.files]
        return entry


def places(rows, columns):
    """Where probes are taken: corners and some in between."""
    found = [(0, 0), (columns - 1, 0), (0, rows - 1), (columns - 1, rows - 1), (columns // 2, rows // 3), (columns // 3, rows // 2)]
    return list(dict.fromkeys(found))


def pixels(values, series=0, frame=0, tolerance=None):
    """Values of one frame; without a tolerance they are exact and hashed."""
    values = np.asarray(values, dtype=np.float64)
    exact = tolerance is None
    probes = [[x, y, float(values[y, x]), 1e-9 if exact else tolerance] for x, y in places(*values.shape)
              if np.isfinite(values[y, x])]
    entry = {"series": series, "frame": frame, "probes": probes}
    if exact:
        entry["sha256"] = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
    return entry


def stack(arrays, series=0, tolerance=None):
    """Values of all frames of a series."""
    return [pixels(values, series, frame, tolerance) for frame, values in enumerate(arrays)]


def shown(picture, series=0, frame=0, tolerance=1):
    """A picture as it is shown: grey [rows, columns] or colour; tolerance 0 is exact and hashed."""
    picture = np.asarray(picture)
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=-1)
    picture = np.clip(np.floor(picture + 0.5), 0, 255).astype(np.uint8)
    probes = [[x, y, picture[y, x].tolist(), tolerance] for x, y in places(*picture.shape[:2])]
    entry = {"series": series, "frame": frame, "probes": probes}
    if tolerance == 0:
        entry["sha256"] = hashlib.sha256(picture.tobytes()).hexdigest()
    return entry


def window(values, center, width, function="LINEAR"):
    """Shades 0 to 255 of values by PS3.3 C.11.2.1.2."""
    x = np.asarray(values, dtype=np.float64)
    if function == "SIGMOID":
        return 255 / (1 + np.exp(-4 * (x - center) / width))
    if function == "LINEAR_EXACT":
        return np.clip((x - center) / width + 0.5, 0, 1) * 255
    if width <= 1:
        return np.where(x > center - 0.5, 255.0, 0.0)
    return np.clip((x - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 255


def one_series(**keys):
    """A report of one series."""
    return {"series": [keys]}


def dump(entries):
    """Text of cases.json: one key of a case a line."""
    def text(value):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    cases = ["{\n" + ",\n".join(f"  {text(key)}: {text(value)}" for key, value in entry.items()) + "\n}" for entry in entries]
    return "[\n" + ",\n".join(cases) + "\n]\n"
