"""Kind H: pages of TIFF files and pictures: all of them, or a word about those left out."""

import io
import struct

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

import kit
from kit import Case, one_series, ramp, shown

TIFFFILE = f"tifffile {tifffile.__version__}"
PILLOW = ("Pillow", Image.__version__)


def tiff(name, form, pages, expect, reread=True, kind="H", **options):
    """Pages (arrays with their options) as one file; Pillow is asked about what it can read."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=options.pop("bigtiff", False), byteorder=options.pop("byteorder", "<")) as writer:
        for array, more in pages:
            writer.write(array, software="", contiguous=False, metadata=None, **{**options, **more})
    case = Case(f"tiff-{name}", kind, form, [("image.tif", out.getvalue())], expect, made_by=TIFFFILE, authority="TIFF 6.0")
    if reread:
        picture = Image.open(io.BytesIO(out.getvalue()))
        found = "agrees"
        for n, (array, _) in enumerate(pages):
            picture.seek(n)
            if not np.array_equal(np.asarray(picture).astype(np.float64), np.asarray(array).astype(np.float64)):
                found = "differs"
        assert found == "agrees", name
        case.references.append({"name": PILLOW[0], "version": PILLOW[1], "says": found})
    return case


def pages():
    """Files of several pages."""
    grey = [ramp(low=n, high=200 + n) for n in range(4)]
    wide = ramp(20, 10)
    color = np.stack([ramp(), ramp()[::-1], np.full((12, 16), 9, np.uint8)], axis=-1)
    yield tiff("stack", "Grey pages of one size", [(g, {}) for g in grey], {"report": {"series": [{"width": 16, "height": 12, "frames": [{}] * 4}]}, "pixels": kit.stack(grey)})
    yield tiff("colour-pages", "Colour pages", [(np.roll(color, n, axis=1), {"photometric": "rgb"}) for n in range(3)], {
        "report": {"series": [{"frames": [{}] * 3}]}, "shown": [shown(np.roll(color, n, axis=1), frame=n, tolerance=0) for n in range(3)]})
    yield tiff("sizes", "Pages of two sizes", [(grey[0], {}), (wide, {}), (grey[1], {}), (wide[::-1], {})], {
        "report": {"series": [{"width": 16, "frames": [{}, {}]}, {"width": 10, "frames": [{}, {}]}]},
        "pixels": [kit.pixels(grey[0]), kit.pixels(grey[1], frame=1), kit.pixels(wide, series=1), kit.pixels(wide[::-1], series=1, frame=1)]})
    yield tiff("kinds", "Pages of two types of numbers", [(grey[0], {}), (ramp(high=60000, dtype=np.uint16), {}), (grey[1], {})], {
        "report": {"series": [{"frames": [{}, {}]}, {"frames": [{}]}]}, "pixels": [kit.pixels(grey[1], frame=1), kit.pixels(ramp(high=60000, dtype=np.uint16), series=1)]})
    yield tiff("grey-and-colour", "Grey and colour pages", [(grey[0], {}), (color, {"photometric": "rgb"})], {
        "report": {"series": [{"frames": [{}]}, {"frames": [{"values": None}]}]}, "shown": [shown(color, series=1, tolerance=0)]})
    yield tiff(
        "three-sizes", "Pages of three sizes", [(ramp(8 + 2 * n, 9), {}) for n in range(3)], {
            "report": {"series": [{"height": 8}, {"height": 10}, {"height": 12}]}})


def imagej():
    """ImageJ writes one directory and says in its description how many images follow."""
    volume = np.stack([ramp(low=n, high=4000 + n, dtype=np.uint16) for n in range(5)])
    out = io.BytesIO()
    tifffile.imwrite(out, volume, imagej=True, metadata={"axes": "ZYX"})
    data = out.getvalue()
    yield Case("tiff-imagej", "H", "ImageJ stacks", [("image.tif", data)], {"report": {"series": [{"frames": [{}] * 5}]}, "pixels": kit.stack(volume)}, made_by=TIFFFILE, authority="ImageJ's TIFF description")
    # One directory alone: the offset of the next one is set to zero.
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        end = file.pages[0].offset + 2 + 12 * len(file.pages[0].tags)
        start = data[:2]
    order = "<I" if start == b"II" else ">I"
    single = data[:end] + struct.pack(order, 0) + data[end + 4:]
    yield Case("tiff-imagej-single", "H", "ImageJ stacks with one directory", [("image.tif", single)], {
        "report": {"series": [{"frames": [{}] * 5}]}, "pixels": kit.stack(volume)}, made_by=TIFFFILE, authority="ImageJ's TIFF description")


def numbers():
    """Types, byte orders, compressions; WhiteIsZero keeps its numbers."""
    for name, array in [("u8", ramp()), ("u16", ramp(high=65535, dtype=np.uint16)), ("i16", ramp(low=-32768, high=32767, dtype=np.int16)),
                        ("f32", np.linspace(-1, 1, 192, dtype=np.float32).reshape(12, 16)), ("f64", np.linspace(-1, 1, 192).reshape(12, 16)), ("u32", ramp(high=2**24, dtype=np.uint32))]:
        for order in "<>":
            yield tiff(f"{name}-{'little' if order == '<' else 'big'}", f"Grey, {array.dtype.name}", [(array, {})], {"pixels": [kit.pixels(array)]},
                       reread=name not in ("f64", "i16", "u32"), kind="F", byteorder=order)
    base = ramp()
    # Values stay those of the file; the picture is inverted.
    yield tiff("white-is-zero", "WhiteIsZero", [(base, {"photometric": "miniswhite"})], {
        "report": one_series(frames=[{"invert": True}]), "pixels": [kit.pixels(base)], "shown": [shown(255 - base)]}, reread=False, kind="F")
    wide = ramp(high=4095, dtype=np.uint16)
    yield tiff("white-is-zero-16", "WhiteIsZero", [(wide, {"photometric": "miniswhite"})], {
        "report": one_series(frames=[{"invert": True}]), "pixels": [kit.pixels(wide)]}, reread=False, kind="F")
    for name in ("zlib", "lzw", "packbits"):
        yield tiff(name, f"TIFF, {name}", [(wide, {"compression": name})], {"pixels": [kit.pixels(wide)]}, kind="codec")
    yield tiff("predictor", "TIFF, zlib with a predictor", [(wide, {"compression": "zlib", "predictor": True})], {"pixels": [kit.pixels(wide)]}, kind="codec")
    yield tiff("big", "BigTIFF", [(wide, {})], {"pixels": [kit.pixels(wide)]}, kind="codec", bigtiff=True)
    yield tiff("tiles", "TIFF of tiles", [(ramp(40, 48), {"tile": (16, 16)})], {"pixels": [kit.pixels(ramp(40, 48))]}, kind="codec")


def turned():
    """Orientation of grey pages, palettes."""
    base = ramp(low=10, high=210)
    turns = {2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1], 6: lambda a: np.rot90(a, -1), 8: lambda a: np.rot90(a)}
    for mark, turn in turns.items():
        yield tiff(f"turned-{mark}", "Orientation of a grey page", [(base, {"extratags": [(274, "H", 1, mark, True)]})], {
            "pixels": [kit.pixels(turn(base))]}, reread=False)
    colors = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 77)]).astype(np.uint16) * 257
    yield tiff("palette", "Palette", [(ramp(), {"photometric": "palette", "colormap": colors})], {
        "shown": [shown((colors.T // 257)[ramp()], tolerance=0)]}, reread=True)
    # Pictures of one frame: PNG of 16 bit and with a palette.
    out = io.BytesIO()
    wide = ramp(high=65535, dtype=np.uint16)
    yield Case("png-16", "codec", "PNG of 16 bit", [("image.png", imagecodecs.png_encode(wide))], {"pixels": [kit.pixels(wide)]}, made_by=f"imagecodecs {imagecodecs.__version__}")
    picture = Image.fromarray(ramp()).convert("P")
    picture.putpalette((colors.T // 257).astype(np.uint8).tobytes())
    picture.save(out, "PNG")
    yield Case("png-palette", "codec", "PNG with a palette", [("image.png", out.getvalue())], {"shown": [shown((colors.T // 257)[ramp()], tolerance=0)]}, made_by=" ".join(PILLOW))


def cases():
    """All of them."""
    return [*pages(), *imagej(), *numbers(), *turned()]
