"""Kind C: JPEG-LS, JPEG 2000, RLE, and how their frames are divided into fragments."""

import struct
import subprocess
import tempfile
from pathlib import Path

import imagecodecs
import jpeg_ls
import numpy as np
import pydicom

import decoders
import kit
import references
from kit import Case, dicom, file_of, noise, one_series, ramp, shown, stack

T81 = "ITU T.81 annex H"
DECODERS = {kit.JPEG_LS: "dcmdjpls", kit.JPEG_LS_NEAR: "dcmdjpls", kit.JPEG_LOSSLESS: "dcmdjpeg"}
CHARLS = f"CharLS (pyjpegls {jpeg_ls.__version__})"
OPENJPEG = f"OpenJPEG {imagecodecs.jpeg2k_version().split()[-1]}"


def dtype(bits, signed=False):
    return np.dtype(f"{'i' if signed else 'u'}{1 if bits <= 8 else 2 if bits <= 16 else 4}")


def mixed(name, bits, signed=False, shape=(20, 24)):
    """Noise, flat parts and both ends of the range."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    array = noise(name, shape, low, high, dtype(bits, signed))
    array[4:8], array[8:10], array[10:12] = array[0, 0], low, high
    return array


def stored_bits(bits):
    return bits if bits not in (8, 16, 32) else None


def exact(name, form, syntax, array, data, made_by, authority, bits=None, photometric=None):
    """A case whose numbers are those that were encoded."""
    colour = array.ndim == 3
    ds = dicom(array, series=name, bits=bits)
    expect = {"shown": [shown(array, tolerance=0)]} if colour else {"pixels": stack([array.astype(np.float64)])}
    case = Case(name, "C", form, [("image.dcm", kit.compressed(ds, syntax, [data], photometric))], expect, syntax=syntax.name,
                made_by=made_by, authority=authority)
    return decoders.ask(case, array, DECODERS.get(syntax))


def lossless_jpeg():
    """Streams of libjpeg-turbo and of DCMTK."""
    turbo = "libjpeg-turbo " + imagecodecs.jpeg8_version().split()[-1]
    colour = np.stack([mixed("ll-red", 8), ramp(20, 24), ramp(20, 24)[::-1]], axis=-1)
    for predictor in range(1, 8):
        for bits in (8, 12, 16):
            array = mixed(f"ll{bits}", bits)
            data = imagecodecs.jpeg8_encode(array, lossless=True, predictor=predictor, bitspersample=bits)
            yield exact(f"ll-turbo-{predictor}-{bits}", "lossless JPEG by libjpeg-turbo", kit.JPEG_LOSSLESS, array, data, turbo, T81, stored_bits(bits))
        data = imagecodecs.jpeg8_encode(colour, lossless=True, predictor=predictor)
        yield exact(f"ll-turbo-{predictor}-rgb", "lossless JPEG by libjpeg-turbo, colour", kit.JPEG_LOSSLESS, colour, data, turbo, T81)
        for transform in (0, 3):
            array = mixed(f"ll{12}", 12)
            with tempfile.TemporaryDirectory() as folder:
                source, target = Path(folder) / "in.dcm", Path(folder) / "out.dcm"
                source.write_bytes(file_of(dicom(array, series="ll", bits=12)))
                subprocess.run(["dcmcjpeg", "+el", "+sv", str(predictor), "+pt", str(transform), source, target], capture_output=True, check=True)
                data = next(pydicom.encaps.generate_frames(pydicom.dcmread(target).PixelData, number_of_frames=1))
            words = "lossless JPEG by DCMTK" + (", point transform" if transform else "")
            name, number = references.dcmtk()
            yield exact(f"ll-dcmtk-{predictor}-{transform}", words, kit.JPEG_LOSSLESS, array >> transform << transform, data, f"{name} {number}", T81, 12)


def jpeg_ls_grey():
    """2 to 16 bit, lossless and nearly."""
    for bits in range(2, 17):
        array = mixed(f"jls{bits}", bits)
        for near in (0, 1, 3):
            if near >= (1 << bits) // 2 or (near and bits not in (8, 12, 16)):
                continue
            data = bytes(jpeg_ls.encode_pixel_data(array.tobytes(), near, rows=20, columns=24, samples_per_pixel=1, bits_stored=bits))
            want = array
            if near:
                want = np.frombuffer(bytes(jpeg_ls.decode_buffer(data)[0]), array.dtype).reshape(array.shape)
            yield exact(f"jls-{bits}-near{near}", f"JPEG-LS, {'lossless' if not near else 'near-lossless'}, 2 to 16 bit",
                        kit.JPEG_LS_NEAR if near else kit.JPEG_LS, want, data, CHARLS, "ITU T.87", stored_bits(bits))


def jpeg_ls_colour():
    """Components in scans of their own, by line and by sample."""
    picture = np.stack([mixed("red", 8), ramp(20, 24), ramp(20, 24)[::-1]], axis=-1)
    for mode, words in enumerate(("one scan a component", "interleaved by line", "interleaved by sample")):
        planes = np.moveaxis(picture, 2, 0) if mode == 0 else picture
        data = bytes(jpeg_ls.encode_pixel_data(planes.tobytes(), 0, rows=20, columns=24, samples_per_pixel=3, bits_stored=8,
                                               planar_configuration=int(mode == 0), interleave_mode=mode))
        yield exact(f"jls-rgb-{mode}", f"JPEG-LS, colour, {words}", kit.JPEG_LS, picture, data, CHARLS, "ITU T.87")
    mixed_by = b"\xff\xe8\0\x07mrfx\x01"
    yield Case("jls-hp", "C", "JPEG-LS with HP's colour transform", [("image.dcm", kit.compressed(dicom(picture, series="hp"), kit.JPEG_LS, [data[:2] + mixed_by + data[2:]]))],
               {"refused": "HP colour transform"}, syntax=kit.JPEG_LS.name, made_by=CHARLS, authority="none: an extension of HP's encoder")


def opj(array, bits, *options):
    """A code stream of opj_compress."""
    options = [*options] if "-n" in options else ["-n", "3", *options]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pgx", Path(folder) / "out.j2k"
        size = array.dtype.itemsize
        source.write_bytes(b"PG ML + %d %d %d\n" % (bits, array.shape[1], array.shape[0]) + array.astype(array.dtype.newbyteorder(">")).tobytes())
        subprocess.run(["opj_compress", "-i", source, "-o", target, *options], capture_output=True, check=True)
        return target.read_bytes()


J2K_FORMS = {
    "one resolution": ["-n", "1"], "five resolutions": ["-n", "5"], "tiles": ["-t", "16,13"],
    "tiles with offsets": ["-n", "2", "-t", "19,11", "-T", "3,3", "-d", "6,6"], "precincts": ["-c", "[16,16],[8,8]"],
    "code-blocks of 4 x 64": ["-b", "4,64"], "layers": ["-r", "4,2,1"], "packet markers": ["-SOP", "-EPH"], "tile-parts": ["-TP", "R"],
    "region of interest": ["-ROI", "c=0,U=5"], "one guard bit": ["-GuardBits", "1"], "bypass": ["-M", "1"], "reset contexts": ["-M", "2"],
    "termination": ["-M", "4"], "vertically causal": ["-M", "8"], "predictable termination": ["-M", "16"], "segment symbols": ["-M", "32"],
    "all coding modes": ["-M", "63"],
    **{f"progression {p}": ["-p", p, "-c", "[16,16]"] for p in ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL")},
}


def jpeg_2000():
    """Bits, signs and forms of lossless code streams; what cannot be exact is refused."""
    t800 = "ITU T.800"
    for bits in (1, 2, 5, 8, 10, 12, 14, 16):
        for signed in (False, True):
            if signed and bits not in (8, 12, 16):
                continue
            array = mixed(f"j2k{bits}{signed}", bits, signed)
            data = imagecodecs.jpeg2k_encode(array, codecformat="j2k", reversible=True, resolutions=3, bitspersample=bits)
            yield exact(f"j2k-{bits}{'s' if signed else 'u'}", "JPEG 2000 lossless, 1 to 16 bit", kit.JPEG_2000, array, data, OPENJPEG, t800, stored_bits(bits))
    for words, options in J2K_FORMS.items():
        for bits in (8, 16):
            array = mixed(words, bits)
            yield exact(f"j2k-{words.replace(' ', '-')}-{bits}", f"JPEG 2000 lossless, {words}", kit.JPEG_2000, array, opj(array, bits, *options), "opj_compress", t800, stored_bits(bits))
    for bits in (18, 20, 21, 24):
        array = mixed(f"wide{bits}", bits)
        data = opj(array, bits)
        if bits <= 20:
            yield exact(f"j2k-{bits}", "JPEG 2000 lossless, 17 to 20 bit", kit.JPEG_2000, array, data, "opj_compress", t800, bits)
        else:
            file = kit.compressed(dicom(array, series=f"wide{bits}", bits=bits), kit.JPEG_2000, [data])
            yield Case(f"j2k-{bits}", "C", "JPEG 2000 lossless, more than 20 bit", [("image.dcm", file)], {"refused": f"{bits} bits a sample"},
                       syntax=kit.JPEG_2000.name, made_by="opj_compress", authority=t800)


def item(data):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data


def fragments():
    """Frames of several fragments, found by the offset tables or by their first bytes."""
    frames = [mixed(f"frame{n}", 12) for n in range(3)]

    def encoded(frame, syntax):
        if syntax == kit.JPEG_LS:
            return bytes(jpeg_ls.encode_pixel_data(frame.tobytes(), 0, rows=20, columns=24, samples_per_pixel=1, bits_stored=12))
        return imagecodecs.jpeg2k_encode(frame, codecformat="j2k", reversible=True, resolutions=3, bitspersample=12)

    for syntax in (kit.JPEG_LS, kit.JPEG_2000):
        for pieces in (1, 2, 5):
            for table in ("basic", "empty", "extended"):
                if table == "extended" and pieces > 1:
                    continue
                body, offsets, lengths = b"", [], []
                for frame in frames:
                    data = encoded(frame, syntax)
                    offsets.append(len(body))
                    lengths.append(len(data))
                    data += b"\0" * (len(data) % 2)
                    step = -(-len(data) // pieces) + 1 & ~1
                    body += b"".join(item(data[at:at + step]) for at in range(0, len(data), step))
                name = f"fragments-{syntax.keyword.lower()}-{pieces}-{table}"
                ds = dicom(np.stack(frames), series=name, bits=12)
                if table == "extended":
                    ds.ExtendedOffsetTable = struct.pack("<3Q", *offsets)
                    ds.ExtendedOffsetTableLengths = struct.pack("<3Q", *lengths)
                ds.PixelData = item(struct.pack("<3I", *offsets) if table == "basic" else b"") + body
                ds["PixelData"].VR = "OB"
                ds["PixelData"].is_undefined_length = True
                words = "one fragment a frame" if pieces == 1 else "several fragments a frame"
                case = Case(name, "C", f"{words}, {table} offset table", [("image.dcm", file_of(ds, syntax))],
                            {"report": one_series(times=3), "pixels": stack([f.astype(np.float64) for f in frames])}, syntax=syntax.name,
                            authority="PS3.5 A.4")
                yield decoders.ask(case, np.stack(frames), DECODERS.get(syntax))


def beyond():
    """More frames than are announced: the announced ones are shown, and a note counts the others."""
    frames = np.stack([mixed(f"beyond{n}", 12) for n in range(3)])
    for syntax in (kit.RLE, kit.JPEG_LS):
        for announced in (1, 2):
            name = f"beyond-{syntax.keyword.lower()}-{announced}"
            ds = dicom(frames, series=name, bits=12)
            file_of(ds)
            ds.compress(syntax, generate_instance_uid=False, **({"encoding_plugin": "pydicom"} if syntax == kit.RLE else {}))
            ds.NumberOfFrames = announced
            # Without a basic offset table only the fragments tell.
            encoded = list(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=3))
            ds.PixelData = pydicom.encaps.encapsulate(encoded, has_bot=False)
            ds["PixelData"].VR = "OB"
            ds["PixelData"].is_undefined_length = True
            yield Case(name, "H", "More compressed frames than are announced", [("image.dcm", file_of(ds, syntax))], {
                "report": one_series(notes=[f"as long as 3 frames, but the file announces {announced}"], frames=[{}] * announced),
                "pixels": stack([frame.astype(np.float64) for frame in frames[:announced]])}, syntax=syntax.name, authority="PS3.5 A.4")


def cases():
    """All of them."""
    return [*beyond(), *lossless_jpeg(), *jpeg_ls_grey(), *jpeg_ls_colour(), *jpeg_2000(), *fragments()]
