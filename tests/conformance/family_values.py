"""Kind F: values are interpreted together with their companions."""

import numpy as np

import kit
from kit import Case, dicom, file_of, item, one_series, pixels, ramp, shown, window

BASE = ramp(high=4095, dtype=np.uint16)
PLAIN = [kit.IMPLICIT, kit.EXPLICIT, kit.BIG_ENDIAN]


def case(name, form, ds, expect, syntax=kit.EXPLICIT, authority="PS3.3 C.11", **more):
    return Case(f"values-{name}", "F", form, [("image.dcm", file_of(ds, syntax))], expect, syntax=syntax.name, authority=authority, **more)


def lut(entries, first, bits, signed=False, sequence="VOI"):
    """An item of a LUT sequence; the first mapped value is signed or not as the values are (PS3.3 C.11.1.1)."""
    found = item()
    found.add_new(0x00283002, "SS" if signed else "US", [len(entries) % 65536, first, bits])
    if signed:
        found[0x00283002].value = [len(entries), first, bits]
    found.add_new(0x00283003, "LO", "table")
    found.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return found


def tables():
    """VOI tables whose first value is negative, by the rescale and not by the pixels."""
    entries = (np.linspace(0, 1, 4096) ** 2 * 4095).round().astype(np.uint16)
    for syntax in PLAIN:
        little = syntax != kit.BIG_ENDIAN
        for signed_pixels in (False, True):
            values = BASE.astype(np.int32) - 1024
            if signed_pixels:
                ds = dicom(values.astype(np.int16), "CT", f"voi{syntax}{signed_pixels}", RescaleSlope="1", RescaleIntercept="0")
            else:
                ds = dicom(BASE, "CT", f"voi{syntax}{signed_pixels}", bits=12, RescaleSlope="1", RescaleIntercept="-1024")
            table = lut(entries if little else entries.byteswap(), -1024, 12, signed=True)
            ds.VOILUTSequence = [table]
            want = entries[np.clip(values + 1024, 0, 4095)] / 4095 * 255
            yield case(
                f"voi-table-{syntax.keyword.lower()}-{'i' if signed_pixels else 'u'}",
                f"VOI table from -1024, {'signed' if signed_pixels else 'unsigned'} pixels", ds,
                {"report": one_series(frames=[{"windows": [{"table": {"entries": 4096, "first": -1024, "bits": 12}}]}]),
                 "pixels": [pixels(values)], "shown": [shown(want)]}, syntax, "PS3.3 C.11.2.1.1", stored=[values if signed_pixels else BASE])
    many = (np.arange(65536) // 16).astype(np.uint16)
    ds = dicom(ramp(high=65535, dtype=np.uint16), "CT", "voi65536", VOILUTSequence=[lut(many, 0, 12)])
    yield case("voi-table-65536", "VOI table of 65536 entries, written as 0", ds, {
        "report": one_series(frames=[{"windows": [{"table": {"entries": 65536, "first": 0}}]}]),
        "shown": [shown(many[ramp(high=65535, dtype=np.uint16)] / 4095 * 255)]}, authority="PS3.3 C.11.2.1.1")


def modality():
    """Modality tables, and where they do not act before a window."""
    entries = np.linspace(500, 0, 256).round().astype(np.uint16)
    base = ramp()
    table = lut(entries, 0, 16)
    table.add_new(0x00283004, "LO", "OD")
    ds = dicom(base, "CR", "modalitylut", ModalityLUTSequence=[table], WindowCenter="250", WindowWidth="500")
    values = entries[base]
    yield case("modality-table", "Modality table", ds, {"pixels": [pixels(values)], "shown": [shown(window(values, 250, 500))]}, view="+Wi", stored=[base])
    for kind, words in [("XA", "X-ray angiography"), ("RF", "Radiofluoroscopy")]:
        ds = dicom(base, kind, f"{kind}lut", ModalityLUTSequence=[lut(255 - np.arange(256), 0, 8)], PixelIntensityRelationship="LOG",
                   WindowCenter="128", WindowWidth="256")
        yield case(f"modality-{kind.lower()}", f"{words}: the window acts on stored values, not on the modality table", ds, {
            "pixels": [pixels(base)], "shown": [shown(window(base, 128, 256))]}, authority="PS3.3 C.8.7.1.1.2", stored=[base], view="+Wi")


def padding():
    """Pixel Padding Value, with and without a range, signed and not."""
    for name, dtype, value, limit in [("one", np.uint16, 0, None), ("range", np.uint16, 0, 20), ("signed", np.int16, -2000, None),
                                      ("signed-range", np.int16, -2000, -1900), ("backwards", np.uint16, 4095, 4000)]:
        first = ramp(low=-1000, high=3000, dtype=np.int16) if dtype == np.int16 else ramp(low=500, high=3500, dtype=np.uint16)
        first = first.copy()
        first[:3, :] = value
        if limit is not None:
            first[2, :8] = limit
        for syntax in PLAIN:
            ds = dicom(first, "CT", f"pad{name}{syntax}", RescaleSlope="1", RescaleIntercept="-24", RescaleType="HU")
            vr = "SS" if dtype == np.int16 else "US"
            ds.add_new(0x00280120, vr, value)
            if limit is not None:
                ds.add_new(0x00280121, vr, limit)
            real = first[3:].astype(float) - 24
            yield case(f"padding-{name}-{syntax.keyword.lower()}", "Pixel Padding Value" + (" with a range limit" if limit is not None else ""), ds, {
                "report": one_series(frames=[{"values": {"min": real.min(), "max": real.max(), "mean": real.mean(), "padded": 48}}]),
                "pixels": [pixels(first.astype(float) - 24)]}, syntax, "PS3.3 C.7.5.1.1.2", stored=[first])


def padding_of_one_slice():
    """Only one slice of a volume has a padding value: means of other planes leave its pixels out, too."""
    sets = []
    for n in range(4):
        slice_ = np.full((8, 8), 100, np.uint16)
        ds = dicom(slice_, "CT", "padone", n + 1, PixelSpacing=["1", "1"], ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
                   ImagePositionPatient=["0", "0", str(2 * n)], RescaleSlope="1", RescaleIntercept="0")
        if n == 1:
            slice_[:, 3:5] = 9
            ds.PixelData = slice_.tobytes()
            ds.add_new(0x00280120, "US", 9)
        sets.append(ds)
    y, x = np.mgrid[:4, :8] + 0.5
    inside = ((x - 4) / 4) ** 2 + ((y - 2) / 2) ** 2 <= 1
    yield Case("values-padding-one-slice", "F", "Pixel Padding Value of one slice, in another plane",
               [(f"{n}.dcm", file_of(ds)) for n, ds in enumerate(sets, 1)],
               {"measure": [{"frame": 3, "plane": "sagittal", "ellipse": [4, 2, 4, 2],
                             "expect": {"mean": 100.0, "sd": 0.0, "n": int(inside.sum() - inside[1].sum())}}]},
               syntax=kit.EXPLICIT.name, authority="PS3.3 C.7.5.1.1.2")


def palettes():
    """Palettes of 8 and 16 bits, segmented ones, and one whose channels differ in size."""
    index = ramp(high=255)
    ranges = {"Red": np.arange(256), "Green": 255 - np.arange(256), "Blue": np.full(256, 77)}
    picture = np.stack([channel[index] for channel in ranges.values()], axis=-1)

    def palette(ds, bits, channels, kind="Data"):
        ds.PhotometricInterpretation = "PALETTE COLOR"
        for color, data in channels.items():
            setattr(ds, f"{color}PaletteColorLookupTableDescriptor", [256, 0, bits])
            setattr(ds, f"{'Segmented' if kind == 'Segmented' else ''}{color}PaletteColorLookupTableData", data)
        return ds
    wide = {c: (np.asarray(v) * 257).astype("<u2").tobytes() for c, v in ranges.items()}
    for syntax in (kit.IMPLICIT, kit.EXPLICIT):
        yield case(f"palette-16-{syntax.keyword.lower()}", "PALETTE COLOR, entries of 16 bits", palette(dicom(index, "US", f"pal16{syntax}"), 16, wide),
                   {"shown": [shown(picture, tolerance=0)]}, syntax, "PS3.3 C.7.6.3.1.5", view="none")
    narrow = {c: np.asarray(v).astype("u1").tobytes() for c, v in ranges.items()}
    yield case("palette-8", "PALETTE COLOR, entries of 8 bits", palette(dicom(index, "US", "pal8"), 8, narrow), {"shown": [shown(picture, tolerance=0)]},
               authority="PS3.3 C.7.6.3.1.5", view="none")
    # One channel is dark all over: its entries say nothing about the others' bits.
    dark = {**wide, "Blue": (np.full(256, 77)).astype("<u2").tobytes()}
    yield case("palette-dark-channel", "PALETTE COLOR of 16 bits with one channel below 256", palette(dicom(index, "US", "paldark"), 16, dark), {
        "shown": [shown(np.dstack([picture[..., :2], np.zeros_like(index)]), tolerance=0)]}, authority="PS3.3 C.7.6.3.1.5", view="none")
    # Segments: a line from 0 to 255 over 256 entries; discrete and linear ones of 16 bits.
    segmented = {"Red": np.array([0, 1, 0, 1, 255, 65535], "<u2"), "Green": np.array([0, 1, 65535, 1, 255, 0], "<u2"),
                 "Blue": np.array([0, 1, 77 * 257, 1, 255, 77 * 257], "<u2")}
    yield case("palette-segmented-16", "Segmented PALETTE COLOR, 16 bits", palette(
        dicom(index, "US", "palseg"), 16, {c: v.tobytes() for c, v in segmented.items()}, "Segmented"),
        {"shown": [shown(picture, tolerance=1)]}, authority="PS3.3 C.7.9.2")
    eight = {"Red": bytes([0, 1, 0, 1, 255, 255]), "Green": bytes([0, 1, 255, 1, 255, 0]), "Blue": bytes([0, 1, 77, 1, 255, 77])}
    yield case("palette-segmented-8", "Segmented PALETTE COLOR, 8 bits", palette(dicom(index, "US", "palseg8"), 8, eight, "Segmented"),
               {"shown": [shown(picture, tolerance=1)]}, authority="PS3.3 C.7.9.2")


def colours():
    """YBR by its length, and full range."""
    y = ramp()
    cb, cr = np.full_like(y, 100), np.full_like(y, 160)
    full = np.stack([y, cb, cr], axis=-1)

    def rgb(y, cb, cr):
        y, cb, cr = (x.astype(float) for x in (y, cb, cr))
        return np.stack([y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)], axis=-1)
    picture = rgb(y, cb, cr)
    ds = dicom(full, "US", "ybrfull", PhotometricInterpretation="YBR_FULL")
    yield case("ybr-full", "YBR_FULL", ds, {"shown": [shown(picture, tolerance=2)]}, authority="PS3.3 C.7.6.3.1.2", view="none")
    ds = dicom(full, "US", "ybr444", PhotometricInterpretation="YBR_FULL_422")
    yield case("ybr-422-as-444", "YBR_FULL_422 whose length says 444", ds, {"shown": [shown(picture, tolerance=2)]}, authority="PS3.3 C.7.6.3.1.2")
    ds = dicom(full, "US", "ybr422", PhotometricInterpretation="YBR_FULL_422")
    pairs = np.stack([y[:, 0::2], y[:, 1::2], cb[:, 0::2], cr[:, 0::2]], axis=-1)
    ds.PixelData = pairs.tobytes()
    yield case("ybr-422", "YBR_FULL_422", ds, {"shown": [shown(picture, tolerance=2)]}, authority="PS3.3 C.7.6.3.1.2", view="none")


def narrow():
    """Windows of a width at or below 1."""
    values = np.linspace(0, 1, 192).reshape(12, 16).astype(np.float32)
    for center, width, function in [(0.5, 0.5, "LINEAR_EXACT"), (0.5, 0.001, "LINEAR_EXACT"), (0.5, 0.5, "SIGMOID")]:
        ds = dicom(values, "parametric map", f"narrow{width}{function}", WindowCenter=str(center), WindowWidth=str(width), VOILUTFunction=function)
        yield case(f"narrow-{function.lower()}-{width}", f"A window narrower than 1, {function}", ds, {
            "report": one_series(frames=[{"windows": [{"center": center, "width": width, "function": function}]}]),
            "shown": [shown(window(values.astype(np.float64), center, width, function))]}, authority="PS3.3 C.11.2.1.3")
    step = ramp(high=100, dtype=np.uint16)
    ds = dicom(step, "CT", "step", WindowCenter="50", WindowWidth="1")
    yield case("narrow-linear-1", "A window of width 1 is a step", ds, {"shown": [shown(window(step, 50, 1), tolerance=0)]},
               authority="PS3.3 C.11.2.1.2", view="+Wi")
    ds = dicom(BASE, "CT", "sigmoid", bits=12, WindowCenter="2000", WindowWidth="1500", VOILUTFunction="SIGMOID")
    yield case("sigmoid", "SIGMOID", ds, {"shown": [shown(window(BASE, 2000, 1500, "SIGMOID"))]}, authority="PS3.3 C.11.2.1.3.1", view="+Wi")


def masked():
    """Bits above the highest stored one."""
    for signed in (False, True):
        base = ramp(low=-2048, high=2047, dtype=np.int16) if signed else BASE
        ds = dicom(base, "MR", f"dirt{signed}", bits=12)
        dirty = (np.frombuffer(ds.PixelData, "<u2") & 0x0FFF) | 0xA000
        ds.PixelData = dirty.tobytes()
        yield case(f"high-bits-{'signed' if signed else 'unsigned'}", "Bits above the highest stored one", ds, {"pixels": [pixels(base)]},
                   authority="PS3.5 8.1.1", stored=[base])


def cases():
    """All of them."""
    return [*tables(), *modality(), *padding(), *padding_of_one_slice(), *palettes(), *colours(), *narrow(), *masked()]
