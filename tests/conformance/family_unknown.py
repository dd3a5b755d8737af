"""Kind B: elements written as UN are what the dictionary says, at every depth (PS3.5 6.2.2)."""

import io
import struct

import numpy as np

import kit
from kit import Case, dicom, file_of, item, one_series, ramp

AXIAL = ["1", "0", "0", "0", "1", "0"]
UNDEFINED = 0xFFFFFFFF


def element(tag, value, big=False):
    """An element as UN in explicit VR."""
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"UN", 0, len(value)) + value


def implicit(tag, value):
    """An element in implicit VR little endian: what lies inside of a UN of undefined length."""
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def implicit_sequence(tag, items, undefined):
    """A sequence in implicit VR, of defined or undefined length throughout."""
    body = b""
    for content in items:
        if undefined:
            body += struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED) + content + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
        else:
            body += struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
    if undefined:
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, UNDEFINED) + body + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(body)) + body


def as_unknown(sequence):
    """A sequence in implicit VR as an element UN in explicit VR."""
    group, number, length = struct.unpack("<HHI", sequence[:8])
    return struct.pack("<HH2sHI", group, number, b"UN", 0, length) + sequence[8:]


def even(text):
    data = text.encode("ascii")
    return data + b" " * (len(data) % 2)


def groups(undefined):
    """Functional groups of two frames: spacing, position, window, rescale."""
    shared = b"".join(implicit_sequence(tag, [content], undefined) for tag, content in [
        (0x00209116, implicit(0x00200037, even("1\\0\\0\\0\\1\\0"))),
        (0x00289110, implicit(0x00180050, even("2")) + implicit(0x00280030, even("0.5\\0.25")))])
    each = []
    for n in range(2):
        each.append(b"".join(implicit_sequence(tag, [content], undefined) for tag, content in [
            (0x00209113, implicit(0x00200032, even(f"0\\0\\{2 * n}"))),
            (0x00289132, implicit(0x00281050, even(str(100 + n))) + implicit(0x00281051, even("50"))),
            (0x00289145, implicit(0x00281052, even("-1024")) + implicit(0x00281053, even("2")) + implicit(0x00281054, even("HU")))]))
    return [(0x52009229, [shared]), (0x52009230, each)]


def enhanced():
    """Functional groups as UN, of both kinds of length."""
    frames = np.stack([ramp(high=4000, dtype=np.uint16), ramp(high=4000, dtype=np.uint16)[::-1]])
    report = one_series(
        slices=2, times=1, unit="HU", volume={"axes": [[0.25, 0, 0], [0, 0.5, 0], [0, 0, 2]], "origin": [0, 0, 0]},
        frames=[{"position": [0, 0, 2 * n], "pixel_spacing_mm": [0.5, 0.25], "windows": [{"center": 100 + n, "width": 50}],
                 "values": {"min": -1024.0, "max": 6976.0}} for n in range(2)])
    for undefined in (False, True):
        ds = dicom(frames, "enhanced CT", f"un{undefined}", bits=12)
        data = file_of(ds)
        start = data.rindex(struct.pack("<HH", 0x7FE0, 0x0010))
        extra = b"".join(as_unknown(implicit_sequence(tag, items, undefined)) for tag, items in groups(undefined))
        yield Case(
            f"unknown-groups-{'undefined' if undefined else 'defined'}", "B",
            f"Functional groups written as UN, {'undefined' if undefined else 'defined'} length",
            [("image.dcm", data[:start] + extra + data[start:])], {"report": report, "pixels": kit.stack([2.0 * f - 1024 for f in frames])},
            syntax=kit.EXPLICIT.name, authority="PS3.5 6.2.2", stored=[frames], made_by="this script, by PS3.5 7")


def rewritten(data, tags):
    """The file with these top-level elements as UN."""
    ds = kit.pydicom.dcmread(io.BytesIO(data))
    for tag in tags:
        raw = ds.get_item(tag)
        value = raw.value if isinstance(raw.value, bytes) else even("\\".join(map(str, np.atleast_1d(raw.value))))
        if not isinstance(raw.value, bytes) and ds[tag].VR == "US":
            value = struct.pack("<H", ds[tag].value)
        ds[tag] = kit.pydicom.DataElement(tag, "UN", value)
    return file_of(ds)


def leaves():
    """Plain elements as UN, at the top and inside of known sequences."""
    base = ramp(high=4000, dtype=np.uint16)
    plain = dict(bits=12, PixelSpacing=["0.5", "0.25"], ImageOrientationPatient=AXIAL, ImagePositionPatient=["1", "2", "3"],
                 RescaleSlope="2", RescaleIntercept="-1024", RescaleType="HU", WindowCenter="100", WindowWidth="50", SeriesDescription="Head")
    report = one_series(name="Head", unit="HU", frames=[{
        "position": [1, 2, 3], "pixel_spacing_mm": [0.5, 0.25], "windows": [{"center": 100, "width": 50}], "values": {"min": -1024.0}}])
    lists = {
        "spacing": [0x00280030], "rescale": [0x00281052, 0x00281053, 0x00281054], "window": [0x00281050, 0x00281051],
        "all": [0x00280030, 0x00281052, 0x00281053, 0x00281050, 0x00281051, 0x00200032, 0x00200037, 0x0008103E]}
    for name, tags in lists.items():
        ds = dicom(base, "CT", f"leaf{name}", **plain)
        yield Case(
            f"unknown-leaf-{name}", "B", "Plain elements written as UN", [("image.dcm", rewritten(file_of(ds), tags))],
            {"report": report, "pixels": [kit.pixels(2.0 * base - 1024)]}, syntax=kit.EXPLICIT.name, authority="PS3.5 6.2.2",
            stored=[base])


def inside():
    """Leaves as UN inside of sequences that are written as SQ."""
    base = ramp(high=4000, dtype=np.uint16)

    def unknown(tag, value):
        ds = kit.Dataset()
        ds[tag] = kit.pydicom.DataElement(tag, "UN", value)
        return ds
    transform = unknown(0x00281053, even("2"))
    transform[0x00281052] = kit.pydicom.DataElement(0x00281052, "UN", even("-1024"))
    measures = unknown(0x00280030, even("0.5\\0.25"))
    shared = item(PixelMeasuresSequence=[measures], PixelValueTransformationSequence=[transform],
                  PlaneOrientationSequence=[unknown(0x00200037, even("1\\0\\0\\0\\1\\0"))])
    each = item(PlanePositionSequence=[unknown(0x00200032, even("1\\2\\3"))])
    ds = dicom(base[None], "enhanced CT", "inside", bits=12, SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=[each])
    yield Case(
        "unknown-inside", "B", "Plain elements written as UN inside of functional groups", [("image.dcm", file_of(ds))],
        {"report": one_series(frames=[{"position": [1, 2, 3], "pixel_spacing_mm": [0.5, 0.25], "values": {"min": -1024.0}}])},
        syntax=kit.EXPLICIT.name, authority="PS3.5 6.2.2", stored=[base])
    region = kit.Dataset()
    for tag, value in [(0x00186018, struct.pack("<I", 0)), (0x0018601A, struct.pack("<I", 0)), (0x0018601C, struct.pack("<I", 15)),
                       (0x0018601E, struct.pack("<I", 11)), (0x00186024, struct.pack("<H", 3)), (0x00186026, struct.pack("<H", 3)),
                       (0x0018602C, struct.pack("<d", 0.02)), (0x0018602E, struct.pack("<d", 0.03)),
                       (0x00186012, struct.pack("<H", 1)), (0x00186014, struct.pack("<H", 1)), (0x00186016, struct.pack("<I", 0))]:
        region[tag] = kit.pydicom.DataElement(tag, "UN", value)
    ds = dicom(ramp(), "US", "unregion", SequenceOfUltrasoundRegions=[region])
    yield Case(
        "unknown-region", "B", "Binary elements written as UN inside of an ultrasound region", [("image.dcm", file_of(ds))],
        {"report": one_series(frames=[{"regions": [{"rect": [0, 0, 15, 11], "unit_x": "cm", "delta_x": 0.02, "delta_y": 0.03}]}])},
        syntax=kit.EXPLICIT.name, authority="PS3.5 6.2.2", stored=[ramp()])


def cases():
    """All of them."""
    return [*enhanced(), *leaves(), *inside()]
