"""What pydicom, nibabel, tifffile and Pillow read from a file, in one form for the differential check.

`{"frames": [array], "lossy", "spacing": {frame: [row, column]}, "texts": {keyword: text}, "order": function}`; grey frames are values
after rescale, colour is RGB. `None` where none of them reads the file.
"""

import gzip
import signal
from itertools import islice
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import tifffile
from PIL import Image, ImageOps
from pydicom.pixels import apply_color_lut, apply_modality_lut

LOSSY = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"}
TEXTS = {"LO", "SH", "PN", "CS", "UI", "DA", "TM"}
MOST_PIXELS = 30_000_000


def read(path):
    """The first reader that knows the file."""
    start = Path(path).open("rb").read(400)
    if start[128:132] == b"DICM":
        # Its preamble may be the header of a TIFF file.
        return attempt(of_dicom, path)
    if start[:2] == b"\x1f\x8b" or start[344:347] in (b"n+1", b"n+2") or start[4:7] == b"n+2":
        return attempt(of_nifti, path)
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return attempt(of_tiff, path)
    if start[:4] in (b"\x89PNG", b"RIFF") or start[:2] in (b"\xff\xd8", b"BM"):
        return attempt(of_picture, path)
    return attempt(of_dicom, path)


def attempt(reader, path):
    """`None` when the other reader fails, whatever it raises, or takes longer than half a minute."""
    signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    try:
        return reader(path)
    except Exception:  # noqa: BLE001
        return None
    finally:
        signal.alarm(0)


def late(*_):
    raise TimeoutError


def of_dicom(path):
    ds = pydicom.dcmread(path, force=True)
    if int(ds.Rows) * int(ds.Columns) * int(ds.get("NumberOfFrames", 1) or 1) > MOST_PIXELS:
        return None
    array = ds.pixel_array
    colour = ds.SamplesPerPixel > 1 or "PALETTE" in ds.PhotometricInterpretation
    if "PALETTE" in ds.PhotometricInterpretation:
        array = apply_color_lut(array, ds)
        if array.dtype.itemsize == 1:
            array = array.astype(np.uint8)
    count = int(ds.get("NumberOfFrames", 1) or 1)
    frames = list(array) if count > 1 or array.ndim == (4 if colour else 3) else [array]
    shared = (ds.get("SharedFunctionalGroupsSequence") or [pydicom.Dataset()])[0]
    each = ds.get("PerFrameFunctionalGroupsSequence") or []

    def group(number, sequence):
        for holder in ([each[number]] if number < len(each) else []) + [shared]:
            if holder.get(sequence):
                return holder[sequence][0]
        return None
    spacing, out = {}, []
    for number, frame in enumerate(frames):
        transform = group(number, "PixelValueTransformationSequence")
        if not colour:
            frame = apply_modality_lut(frame, transform if transform is not None else ds)
            if ds.get("DoseGridScaling"):
                frame = frame * float(ds.DoseGridScaling)
        out.append(np.asarray(frame))
        measures = group(number, "PixelMeasuresSequence")
        where = measures if measures is not None else ds
        if where.get("PixelSpacing"):
            spacing[number] = [float(x) for x in where.PixelSpacing]
    texts = {}
    for element in ds:
        if element.VR in TEXTS and element.keyword and element.value not in (None, "") and element.tag.group != 2:
            values = element.value if isinstance(element.value, pydicom.multival.MultiValue) else [element.value]
            texts[element.keyword] = "\\".join(str(v.original_string) if hasattr(v, "original_string") and element.VR in ("DA", "TM") else str(v) for v in values)
    # A level of a lossy picture is worth the slope.
    slope = abs(float(ds.get("RescaleSlope", 1) or 1))
    return {"frames": out, "level": slope, "lossy": str(ds.file_meta.get("TransferSyntaxUID", "")) in LOSSY, "spacing": spacing, "texts": texts}


def of_nifti(path):
    image = nibabel.Nifti1Image.from_bytes(content(path)) if content(path)[:4] in (b"\x5c\1\0\0", b"\0\0\1\x5c") else nibabel.Nifti2Image.from_bytes(content(path))
    if np.prod(image.shape) > MOST_PIXELS:
        return None
    array = np.asarray(image.dataobj)
    colour = array.dtype.fields is not None
    array = array.reshape(*image.shape, *[1] * (3 - len(image.shape)))
    array = array.reshape(*array.shape[:3], -1, order="F")
    lps = np.diag([-1, -1, 1]) @ image.affine[:3, :3]
    frames = {}

    def order(series, number, _):
        # Voxels are turned so that slices are seen as readers are used to; the axes tell which.
        volume = series["volume"]
        axes = np.array(volume["axes"]).T if volume else lps
        flips = [bool(np.dot(axes[:, a], lps[:, a]) < 0) for a in range(3)]
        s, t = number % series["slices"], number // series["slices"]
        turned = array[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
        frame = turned[:, :, s, t].T
        frames[number] = np.stack([frame[c] for c in "RGB"], axis=-1) if colour else frame
        return number

    class Frames:
        def __len__(self):
            return array.shape[2] * array.shape[3]

        def __getitem__(self, number):
            return frames.get(number, np.zeros((0, 0)))
    spacing = dict.fromkeys(range(array.shape[2] * array.shape[3]), np.linalg.norm(lps, axis=0)[[1, 0]])
    return {"frames": Frames(), "order": order, "spacing": spacing}


def content(path):
    data = Path(path).read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def of_tiff(path):
    with tifffile.TiffFile(path) as file:
        pages = [page for page in islice(file.pages, 500) if page.imagewidth * page.imagelength < MOST_PIXELS]
        if any(page.photometric.name not in ("MINISBLACK", "MINISWHITE", "RGB") or page.samplesperpixel not in (1, 3)
               or page.tags.get("Orientation") and page.tags["Orientation"].value != 1 for page in pages):
            return of_picture(path)
        arrays = [page.asarray() for page in pages]
        # Colour by plane becomes colour by pixel.
        arrays = [np.moveaxis(a, 0, -1) if a.ndim == 3 and a.shape[0] == 3 and a.shape[-1] != 3 else a for a in arrays]
        return {"frames": arrays, "lossy": any(page.compression.name in ("JPEG", "WEBP") for page in pages)}


def of_picture(path):
    image = Image.open(path)
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        turned = ImageOps.exif_transpose(image)
        if turned.mode == "1":
            turned = turned.convert("L")
        if turned.mode in ("L", "I;16", "I;16B", "I", "F"):
            frames.append(np.asarray(turned))
        else:
            over = Image.new("RGBA", turned.size, "white")
            over.alpha_composite(turned.convert("RGBA"))
            frames.append(np.asarray(over.convert("RGB")))
        if image.format in ("WEBP", "PNG"):
            break
    return {"frames": frames, "lossy": image.format in ("JPEG", "WEBP")}
