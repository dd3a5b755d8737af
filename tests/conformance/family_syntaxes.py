"""Transfer syntaxes crossed with types of numbers, one frame and several."""

import imagecodecs
import numpy as np

import kit
from kit import Case, dicom, file_of, noise, pixels, ramp, stack, uid

PLAIN = [kit.IMPLICIT, kit.EXPLICIT, kit.BIG_ENDIAN, kit.DEFLATED]
# Pixels of 32 bits in big endian: programs disagree on the order of their 16-bit words.
LITTLE = [kit.IMPLICIT, kit.EXPLICIT, kit.DEFLATED]
PACKED = [kit.RLE, kit.JPEG_LS, kit.JPEG_2000]
PART = {"u": "unsigned", "i": "signed"}


def types():
    """Name, words, array of 12 x 16, bits stored, syntaxes."""
    i12 = ramp(low=-2048, high=2047, dtype=np.int16)
    yield "u8", "8 bit", ramp(), None, PLAIN + PACKED
    yield "i8", "8 bit signed", ramp(dtype=np.int8, low=-128), None, PLAIN + [kit.RLE]
    yield "u12", "12 of 16 bit", ramp(high=4095, dtype=np.uint16), 12, PLAIN + PACKED
    yield "i12", "12 of 16 bit, signed", i12, 12, PLAIN + [kit.RLE]
    yield "u16", "16 bit", noise("u16", (12, 16), 0, 65535, np.uint16), None, PLAIN + PACKED
    yield "i16", "16 bit signed", noise("i16", (12, 16), -32768, 32767, np.int16), None, PLAIN + PACKED
    yield "u32", "32 bit", noise("u32", (12, 16), 0, 2**24, np.uint32), None, LITTLE
    yield "i32", "32 bit signed", noise("i32", (12, 16), -2**24, 2**24, np.int32), None, LITTLE
    yield "f32", "32-bit float", np.linspace(-3, 1000, 192, dtype=np.float32).reshape(12, 16), None, PLAIN
    yield "f64", "64-bit float", np.linspace(-3, 1000, 192).reshape(12, 16), None, PLAIN


def encoded(ds, syntax, frames):
    """The file in a transfer syntax."""
    if syntax in PLAIN:
        return file_of(ds, syntax)
    if syntax == kit.JPEG_2000:
        # As many resolutions as 12 rows have.
        frames = frames if frames.ndim == 3 and frames.shape[-1] != 3 else frames[None]
        bits = ds.BitsStored
        data = [imagecodecs.jpeg2k_encode(f, codecformat="j2k", reversible=True, resolutions=3, bitspersample=bits) for f in frames]
        return kit.compressed(ds, syntax, data, "YBR_RCT" if ds.SamplesPerPixel == 3 else None)
    file_of(ds, kit.EXPLICIT)
    ds.compress(syntax, generate_instance_uid=False)
    return file_of(ds, syntax)


def numbers():
    """Grey numbers of every type, one frame and three."""
    for name, words, first, bits, syntaxes in types():
        for syntax in syntaxes:
            for count in (1, 3):
                if count == 3 and name not in ("u8", "u12", "i16", "f32"):
                    continue
                frames = np.stack([np.roll(first, 5 * frame, axis=0) for frame in range(count)])
                case = f"{name}-{syntax.keyword.lower()}-{count}"
                kind = "parametric map" if first.dtype.kind == "f" else "OT"
                attributes = {} if first.dtype.kind == "f" else {"RescaleSlope": "2", "RescaleIntercept": "-100", "RescaleType": "HU"}
                slope, intercept = (1, 0) if first.dtype.kind == "f" else (2, -100)
                ds = dicom(frames if count > 1 else first, kind, series=case, bits=bits, **attributes)
                # DCMTK 3.6.7 has no word for the element of floats that GDCM leaves out.
                known = {}
                if name == "f32" or name == "f64":
                    known = {"GDCM": "does not read (Double) Float Pixel Data"}
                yield Case(
                    f"syntax-{case}", "codec", f"{words}, {'one frame' if count == 1 else 'several frames'}",
                    [("image.dcm", encoded(ds, syntax, frames))],
                    {
                        "report": kit.one_series(width=16, height=12, times=count) if count > 1
                        else kit.one_series(width=16, height=12, times=1),
                        "pixels": stack([slope * f.astype(np.float64) + intercept for f in frames]),
                    },
                    syntax=syntax.name, authority="PS3.5 8 and Annex A", stored=[frames],
                    differs=known, followed="the file's own words, PS3.3 C.7.6.24" if known else "",
                )


def colours():
    """Colour by pixel and by plane."""
    picture = np.stack([ramp(), ramp()[::-1], np.roll(ramp(), 40)], axis=-1)
    for syntax in PLAIN + PACKED:
        for planar in (0, 1) if syntax in PLAIN + [kit.RLE] else (0,):
            case = f"rgb-{syntax.keyword.lower()}-{planar}"
            ds = dicom(picture, series=case)
            if planar and syntax != kit.RLE:
                ds.PlanarConfiguration = 1
                ds.PixelData = picture.transpose(2, 0, 1).tobytes()
            elif planar:
                continue
            yield Case(
                f"syntax-{case}", "codec", "RGB by plane" if planar else "RGB by pixel", [("image.dcm", encoded(ds, syntax, picture))],
                {"report": kit.one_series(width=16, height=12, frames=[{"values": None}]), "shown": [kit.shown(picture, tolerance=0)]},
                syntax=syntax.name, authority="PS3.3 C.7.6.3.1.3", view="" if syntax in (kit.JPEG_2000, kit.JPEG_LS) else "none",
            )


def cases():
    """All of them."""
    return [*numbers(), *colours()]
