#!/usr/bin/env python3
"""Writes fuzz/corpus: seeds for each target, from the files of the conformance set and of imaging/tests/data.

    pip install pydicom pillow
    python fuzz/seeds.py                 # fuzz/corpus/TARGET/*
    python fuzz/seeds.py --regressions   # and one small seed a target into fuzz/regressions, which is committed

What cargo-fuzz finds beside them stays in fuzz/corpus, which is not committed.
"""

import hashlib
import io
import sys
import warnings
import zipfile
from pathlib import Path

import pydicom
from PIL import Image
from pydicom.encaps import generate_frames

HERE = Path(__file__).parent
SET = HERE.parent / "tests" / "conformance" / "set"
DATA = HERE.parent / "imaging" / "tests" / "data"
# Larger seeds make the fuzzer slow and teach it nothing.
MOST = 16 << 10

STREAMS = {
    "1.2.840.10008.1.2.4.90": "jpeg_2000",
    "1.2.840.10008.1.2.4.91": "jpeg_2000",
    "1.2.840.10008.1.2.4.57": "lossless_jpeg",
    "1.2.840.10008.1.2.4.70": "lossless_jpeg",
    "1.2.840.10008.1.2.4.80": "jpegls",
    "1.2.840.10008.1.2.4.81": "jpegls",
    "1.2.840.10008.1.2.5": "rle",
}


def rle_form(data):
    """The target's first byte: which pixel format the frame has."""
    if data.SamplesPerPixel == 3:
        return 3 if data.PhotometricInterpretation == "RGB" else 4
    return {8: 0, 16: 1}.get(data.BitsAllocated, 2)


def of_dicom(path):
    """Whole file, first compressed frame, text and segmented palettes."""
    yield "dicom", path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = pydicom.dcmread(path, force=True)
    syntax = getattr(data, "file_meta", pydicom.Dataset()).get("TransferSyntaxUID", "")
    target = STREAMS.get(syntax)
    if target and "PixelData" in data:
        frame = next(generate_frames(data.PixelData, number_of_frames=int(data.get("NumberOfFrames", 1))))
        yield target, (bytes([rle_form(data)]) if target == "rle" else b"") + frame
    terms = data.get("SpecificCharacterSet")
    name = data.get_item("PatientName") or data.get_item("SeriesDescription")
    if terms and isinstance(getattr(name, "value", None), bytes):
        terms = [terms] if isinstance(terms, str) else terms
        yield "charset", "\\".join(terms).encode("ascii", "replace") + b"\n" + name.value
    if "SegmentedRedPaletteColorLookupTableData" in data:
        entries, first, bits = data.RedPaletteColorLookupTableDescriptor
        head = entries.to_bytes(2, "little") + bytes([first & 0xFF, 2 * (first >> 8 & 0x7F) + (bits == 16)])
        yield "palette", head + bytes(data.SegmentedRedPaletteColorLookupTableData)


def of_files():
    for path in sorted([*SET.rglob("*"), *DATA.rglob("*")]):
        if not path.is_file():
            continue
        kind = path.suffix.lower()
        if kind == ".dcm":
            yield from of_dicom(path)
        elif kind in (".nii", ".hdr"):
            yield "nifti", path.read_bytes()
        elif kind in (".tif", ".tiff"):
            yield "tiff", path.read_bytes()
        elif kind in (".png", ".jpg", ".jpeg", ".webp", ".bmp"):
            yield "picture", path.read_bytes()
        elif kind in (".gz", ".zip"):
            yield "archive", path.read_bytes()


def made():
    """Forms that no file of the set has."""
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = Image.new(mode, (5, 3))
        for kind in ("PNG", "BMP", "WEBP", "TIFF"):
            try:
                buffer = io.BytesIO()
                image.save(buffer, kind, **({"lossless": True} if kind == "WEBP" else {}))
            except (OSError, ValueError, KeyError):
                continue  # Pillow has no such form.
            yield "tiff" if kind == "TIFF" else "picture", buffer.getvalue()
    inner = b""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo("a/b.nii"), b"\0" * 400)
            archive.writestr(zipfile.ZipInfo("inner.zip"), inner)
        inner = buffer.getvalue()
        yield "archive", inner


def write(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def rank(data):
    return len(data) < 32, len(data)


def main():
    smallest = {}
    count = {}
    for target, data in [*of_files(), *made()]:
        if len(data) > MOST:
            continue
        write(HERE / "corpus" / target, data)
        count[target] = count.get(target, 0) + 1
        # The very smallest say nothing: an archive of no file, a text of no letter.
        if target not in smallest or rank(data) < rank(smallest[target]):
            smallest[target] = data
    for target, number in sorted(count.items()):
        print(f"{target}: {number} seeds")
    if "--regressions" in sys.argv:
        for target, data in smallest.items():
            write(HERE / "regressions" / target, data)


if __name__ == "__main__":
    main()
