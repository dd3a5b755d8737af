"""Kind C: lossless JPEG (ITU T.81 annex H) with all predictors, restart intervals and point transforms; lossy forms of baseline JPEG.

No library at hand writes restart intervals and point transforms of lossless JPEG, so the few lines of an encoder stand here; the
references decode what it writes.
"""

import io
import struct

import imagecodecs
import numpy as np
from PIL import Image

import kit
from kit import Case, dicom, file_of, noise, ramp

# A code for each category 0 to 16: lengths 2 (one), 3 (five), then one each of 4 to 14.
LENGTHS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
SYMBOLS = [4, 2, 3, 5, 1, 6, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
MADE_BY = "this script, by ITU T.81 annex H"


def codes():
    """Code and length of each category (annex C)."""
    table, code, symbols = {}, 0, iter(SYMBOLS)
    for length, count in enumerate(LENGTHS, 1):
        for _ in range(count):
            table[next(symbols)] = (code, length)
            code += 1
        code <<= 1
    return table


class Bits:
    """Bits of entropy-coded data, with a zero after each 0xFF."""

    def __init__(self):
        self.data, self.value, self.count = bytearray(), 0, 0

    def put(self, value, length):
        self.value = (self.value << length) | (value & ((1 << length) - 1))
        self.count += length
        while self.count >= 8:
            self.count -= 8
            byte = (self.value >> self.count) & 0xFF
            self.data += b"\xff\0" if byte == 0xFF else bytes([byte])

    def flush(self):
        if self.count:
            self.put((1 << (8 - self.count)) - 1, 8 - self.count)


def predict(samples, y, x, fresh, predictor, first):
    """The prediction from the samples on the left, above, and left above; `fresh` is the line after a restart."""
    if y == fresh:
        return first if x == 0 else samples[y, x - 1]
    if x == 0:
        return samples[y - 1, x]
    a, b, c = samples[y, x - 1], samples[y - 1, x], samples[y - 1, x - 1]
    return [None, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor]


def lossless(picture, precision, predictor=1, transform=0, restart_rows=0):
    """An interleaved lossless JPEG of [rows, columns] or [rows, columns, channels]."""
    planes = np.atleast_3d(picture).astype(np.int64) >> transform
    rows, columns, channels = planes.shape
    out = bytearray(b"\xff\xd8")
    out += struct.pack(">HHBHHB", 0xFFC3, 8 + 3 * channels, precision, rows, columns, channels)
    for n in range(channels):
        out += bytes([n + 1, 0x11, 0])
    out += struct.pack(">HHB", 0xFFC4, 19 + len(SYMBOLS), 0) + bytes(LENGTHS) + bytes(SYMBOLS)
    if restart_rows:
        out += struct.pack(">HHH", 0xFFDD, 4, restart_rows * columns)
    out += struct.pack(">HHB", 0xFFDA, 6 + 2 * channels, channels)
    for n in range(channels):
        out += bytes([n + 1, 0])
    out += bytes([predictor, 0, transform])
    table, bits, fresh = codes(), Bits(), 0
    first = 1 << (precision - transform - 1)
    for y in range(rows):
        if restart_rows and y and y % restart_rows == 0:
            bits.flush()
            out += bits.data + bytes([0xFF, 0xD0 + (y // restart_rows - 1) % 8])
            bits, fresh = Bits(), y
        for x in range(columns):
            for n in range(channels):
                samples = planes[..., n]
                # Differences are taken modulo 2^16.
                difference = (int(samples[y, x]) - int(predict(samples, y, x, fresh, predictor, first))) & 0xFFFF
                signed = difference - 65536 if difference > 32768 else difference
                category = abs(signed).bit_length() if signed != -32768 else 16
                bits.put(*table[category])
                if 0 < category < 16:
                    bits.put(signed if signed > 0 else signed - 1, category)
    bits.flush()
    return bytes(out + bits.data + b"\xff\xd9")


def case(name, form, array, data, syntax, want, known=None, followed="", bits=None, **attributes):
    ds = dicom(array, series=name, bits=bits, **attributes)
    color = array.ndim == 3
    expect = {"shown": [kit.shown(want, tolerance=0)]} if color else {"pixels": [kit.pixels(want)]}
    return Case(f"lossless-{name}", "C", form, [("image.dcm", kit.compressed(ds, syntax, [data]))], expect, syntax=syntax.name,
                authority="ITU T.81 annex H", made_by=MADE_BY, stored=[want], differs=known or {}, followed=followed)


def grey():
    """Predictors, restarts, transforms and precisions."""
    natural = noise("natural", (13, 17), -20, 20, np.int16)
    wave = np.add.outer(np.arange(13) * 9, np.arange(17) * 5)
    for predictor in range(1, 8):
        for restart in (0, 1, 4):
            for transform in (0, 2):
                if (restart, transform) == (0, 2) and predictor not in (1, 7) or (restart == 4 and transform == 2 and predictor % 2):
                    continue
                array = np.clip(natural * 20 + wave * 20, 0, 4095).astype(np.uint16)
                syntax = kit.JPEG_LOSSLESS_SV1 if predictor == 1 else kit.JPEG_LOSSLESS
                form = "Lossless JPEG" + (", restart intervals" if restart else "") + (", point transform" if transform else "")
                yield case(f"p{predictor}-r{restart}-t{transform}", form, array, lossless(array, 12, predictor, transform, restart), syntax,
                           array >> transform << transform, bits=12)
    for precision in (8, 10, 14, 16):
        dtype = np.uint8 if precision <= 8 else np.uint16
        array = noise(f"bits{precision}", (13, 17), 0, 2**precision - 1, dtype)
        yield case(f"bits-{precision}", "Lossless JPEG, 8 to 16 bit", array, lossless(array, precision, 4, 0, 2), kit.JPEG_LOSSLESS, array, bits=precision)
    signed = noise("signed", (13, 17), -32768, 32767, np.int16)
    yield case("signed", "Lossless JPEG, signed", signed, lossless(signed.view(np.uint16), 16, 1, 0, 3), kit.JPEG_LOSSLESS_SV1, signed)
    # The stream's precision is not Bits Stored: what counts is Bits Stored, with its sign.
    twelve = noise("twelve", (13, 17), -2048, 2047, np.int16)
    yield case("signed-12", "Lossless JPEG of 16 bit, 12 of them stored, signed", twelve, lossless(twelve.view(np.uint16) & 0xFFF, 16, 1), kit.JPEG_LOSSLESS_SV1, twelve, bits=12)


def color():
    """Colour of 8 bit."""
    picture = np.stack([ramp(13, 17), ramp(13, 17)[::-1], noise("blue", (13, 17), 0, 255, np.uint8)], axis=-1)
    for predictor, restart in [(1, 0), (1, 2), (6, 1)]:
        syntax = kit.JPEG_LOSSLESS_SV1 if predictor == 1 else kit.JPEG_LOSSLESS
        form = "Lossless JPEG, colour" + (", restart intervals" if restart else "")
        yield case(f"rgb-p{predictor}-r{restart}", form, picture, lossless(picture, 8, predictor, 0, restart), syntax, picture)


def baseline():
    """Lossy pictures as libjpeg-turbo shows them."""
    smooth = np.stack([np.add.outer(np.arange(24) * 4, np.arange(32) * 4), np.add.outer(np.arange(24) * 2, 255 - np.arange(32) * 5).clip(0, 255),
                       np.full((24, 32), 90)], axis=-1).clip(0, 255).astype(np.uint8)
    turbo = {"name": "libjpeg-turbo", "version": f"of Pillow {Image.__version__}", "says": "agrees"}
    for subsampling in ("444", "422", "420"):
        data = imagecodecs.jpeg8_encode(smooth, level=90, subsampling=subsampling)
        want = np.asarray(Image.open(io.BytesIO(data)))
        ds = dicom(smooth, "US", f"baseline{subsampling}")
        made = f"imagecodecs {imagecodecs.__version__}"
        yield Case(f"baseline-{subsampling}", "C", "Baseline JPEG, colour", [("image.dcm", kit.compressed(ds, kit.JPEG_BASELINE, [data], "YBR_FULL_422"))],
                   {"shown": [kit.shown(want, tolerance=3)]}, syntax=kit.JPEG_BASELINE.name, authority="ITU T.81", made_by=made, references=[turbo])
        yield Case(f"jpeg-{subsampling}", "C", "Baseline JPEG, colour", [("image.jpg", data)], {"shown": [kit.shown(want, tolerance=3)]},
                   authority="ITU T.81", made_by=made, references=[dict(turbo)])
    grey_data = imagecodecs.jpeg8_encode(np.ascontiguousarray(smooth[..., 0]), level=95)
    want = np.asarray(Image.open(io.BytesIO(grey_data)))
    yield Case("baseline-grey", "C", "Baseline JPEG, grey", [("image.dcm", kit.compressed(dicom(smooth[..., 0], "US", "baselinegrey"), kit.JPEG_BASELINE, [grey_data]))],
               {"pixels": [kit.pixels(want, tolerance=1)]}, syntax=kit.JPEG_BASELINE.name, authority="ITU T.81", made_by=made, references=[dict(turbo)])


def cases():
    """All of them."""
    return [*grey(), *color(), *baseline()]
