"""Kind C: JPEG with a cosine transform in every arrangement of scans, sampling factors, restart intervals and colour marks.

The streams are cjpeg's (libjpeg-turbo); marks and names of components are exchanged afterwards. Pillow's numbers are the truth for
pictures. In DICOM the Photometric Interpretation says what the components are.
"""

import io
import re
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import decoders
import kit
from kit import Case, dicom, shown

TURBO = {"name": "libjpeg-turbo", "version": f"of Pillow {Image.__version__}", "says": "agrees"}
SAMPLING = {"4:4:4": "1x1", "4:2:2": "2x1", "4:4:0": "1x2", "4:2:0": "2x2", "4:1:1": "4x1", "4:1:0": "4x2", "3:1:1": "3x1"}
SCRIPTS = {
    "one scan": None,
    "one scan a component": "0: 0-63, 0, 0; 1: 0-63, 0, 0; 2: 0-63, 0, 0;",
    "luma alone, chroma together": "0: 0-63, 0, 0; 1 2: 0-63, 0, 0;",
    "scans in another order": "2: 0-63, 0, 0; 0: 0-63, 0, 0; 1: 0-63, 0, 0;",
    "progressive": "",
}


def version():
    text = subprocess.run(["cjpeg", "-version"], capture_output=True, text=True).stderr
    return "cjpeg of libjpeg-turbo " + re.search(r"version (\S+)", text)[1]


def picture(rows=29, columns=43):
    """Smooth colours, so that ways to enlarge the chroma do not matter."""
    y, x = np.mgrid[0:rows, 0:columns]
    return np.stack([40 + 4 * x, 220 - 5 * y, 60 + 2 * x + 2 * y], axis=-1).clip(0, 255).astype(np.uint8)


def cjpeg(array, *options, script=None):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.ppm"
        Image.fromarray(array).save(source)
        options = [*options]
        if script:
            (Path(folder) / "scans").write_text(script)
            options += ["-scans", str(Path(folder) / "scans")]
        return subprocess.run(["cjpeg", "-quality", "95", *options, source], capture_output=True, check=True).stdout


def segments(stream):
    """Code, body, and the coded data behind a scan."""
    at = 2
    while at < len(stream):
        code = stream[at + 1]
        if code == 0xD9:
            return
        length = struct.unpack(">H", stream[at + 2:at + 4])[0]
        body, at = bytearray(stream[at + 4:at + 2 + length]), at + 2 + length
        start = at
        while code == 0xDA and not (stream[at] == 0xFF and stream[at + 1] not in (0, *range(0xD0, 0xD8))):
            at += 1
        yield code, body, stream[start:at]


def marked(stream, jfif, adobe, names=None, frame=None):
    """The stream with other marks, names of components, or code of the frame."""
    out = b"\xff\xd8"
    if jfif:
        out += b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    if adobe is not None:
        out += b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([adobe])
    old = []
    for code, body, data in segments(stream):
        if code in (0xE0, 0xEE):
            continue
        if code in (0xC0, 0xC1, 0xC2):
            old = list(body[6::3])
            code = frame or code
            if names:
                body[6::3] = bytes(names)
        if code == 0xDA and names:
            for k in range(body[0]):
                body[1 + 2 * k] = names[old.index(body[1 + 2 * k])]
        out += bytes([0xFF, code]) + struct.pack(">H", len(body) + 2) + body + data
    return out + b"\xff\xd9"


def case(name, form, stream, tolerance=4):
    """A picture, as Pillow reads it."""
    want = np.asarray(Image.open(io.BytesIO(stream)).convert("RGB"))
    return Case(f"jpeg-{name}", "C", form, [("image.jpg", stream)], {"shown": [shown(want, tolerance=tolerance)]}, made_by=version(),
                authority="ITU T.81, ITU T.871", references=[dict(TURBO)])


def arrangements():
    """Scans, sampling factors and restart intervals, as a picture and as a DICOM frame."""
    for ratio, factor in SAMPLING.items():
        for words, script in SCRIPTS.items():
            for restart in ([], ["-restart", "2B"]):
                if restart and ratio not in ("4:2:2", "4:2:0"):
                    continue
                options = ["-sample", f"{factor},1x1,1x1", *(["-progressive"] if script == "" else []), *restart]
                stream = cjpeg(picture(), *options, script=script)
                name = f"{ratio.replace(':', '')}-{words.replace(' ', '-').replace(',', '')}{'-restart' if restart else ''}"
                form = f"JPEG {ratio}, {words}{', restart intervals' if restart else ''}"
                ds = dicom(picture(), "US", name)
                data = kit.compressed(ds, kit.JPEG_BASELINE, [stream], "YBR_FULL_422")
                want = np.asarray(Image.open(io.BytesIO(stream)))
                found = case(name, form, stream)
                decoders.ask_dcmtk_for_rgb(found, want, data)
                yield found
                if ratio in ("4:4:4", "4:2:2", "4:2:0") and script != "":
                    found = Case(f"jpeg-dicom-{name}", "C", form, [("image.dcm", data)], {"shown": [shown(want, tolerance=4)]},
                                 syntax=kit.JPEG_BASELINE.name, authority="ITU T.81", made_by=version(), references=[dict(TURBO)])
                    decoders.ask_dcmtk_for_rgb(found, want)
                    yield found
    yield case("extended", "JPEG, extended process of 8 bit", marked(cjpeg(picture()), True, None, frame=0xC1))


def marks():
    """Which colour space a picture's marks mean."""
    for words, options in (("luma and chroma", []), ("RGB", ["-rgb"])):
        stream = cjpeg(picture(), "-sample", "1x1,1x1,1x1", *options)
        for jfif in (False, True):
            for adobe in (None, 0, 1):
                for label, names in (("123", [1, 2, 3]), ("RGB", list(b"RGB")), ("012", [0, 1, 2])):
                    form = f"JPEG{' with JFIF' if jfif else ''}{'' if adobe is None else f' with Adobe transform {adobe}'}, components named {label}"
                    name = f"marks-{words[:1]}-{'jfif' if jfif else 'bare'}-{'none' if adobe is None else adobe}-{label}".lower()
                    yield case(name, form, marked(stream, jfif, adobe, names))


def photometric():
    """DICOM: the header counts, not the marks."""
    for words, options in (("YBR_FULL_422", []), ("RGB", ["-rgb"])):
        stream = cjpeg(picture(), "-sample", "1x1,1x1,1x1", *options)
        want = np.asarray(Image.open(io.BytesIO(marked(stream, False, 1 if words[0] == "Y" else 0))))
        for jfif, adobe, names in ((True, None, [1, 2, 3]), (False, 0, [1, 2, 3]), (False, 1, [1, 2, 3]), (False, None, list(b"RGB"))):
            if (jfif and words[0] == "Y") or (adobe == 1) == (words[0] == "Y") and adobe is not None:
                continue
            name = f"{words[0].lower()}-{'jfif' if jfif else 'bare'}-{adobe}-{names[0]}"
            ds = dicom(picture(), "US", name)
            data = kit.compressed(ds, kit.JPEG_BASELINE, [marked(stream, jfif, adobe, names)], words)
            case = Case(f"jpeg-photometric-{name}".lower(), "C", f"JPEG whose marks contradict {words}", [("image.dcm", data)],
                         {"shown": [shown(want, tolerance=4)]}, syntax=kit.JPEG_BASELINE.name, authority="PS3.5 8.2.1", made_by=version())
            # GDCM leaves the components as they are and calls them what the header calls them.
            as_encoded = np.asarray(Image.open(io.BytesIO(marked(stream, False, 0))))
            decoders.ask(case, as_encoded, tolerance=2)
            decoders.ask_dcmtk_for_rgb(case, want)
            decoders.ask_pydicom(case, want)
            yield case


def cases():
    """All of them."""
    return [*arrangements(), *marks(), *photometric()]
