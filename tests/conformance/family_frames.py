"""Kind A: what DICOM states for an instance, a frame or a region holds there only."""

import numpy as np

import kit
from kit import Case, dicom, file_of, item, one_series, pixels, ramp, shown, window

AXIAL = ["1", "0", "0", "0", "1", "0"]


def several(name, form, sets, authority, report, syntax=kit.EXPLICIT, **more):
    """A case of several files."""
    files = [(f"{n}.dcm", file_of(ds, syntax)) for n, ds in enumerate(sets, 1)]
    expect = {"report": report, **{key: more.pop(key) for key in ("pixels", "shown", "measure") if key in more}}
    return Case(f"frames-{name}", "A", form, files, expect, syntax=syntax.name, authority=authority, **more)


def length(frame, start, end, expect, series=0):
    return {"series": series, "frame": frame, "from": start, "to": end, "expect": expect}


def region(rect, spatial, unit_x, unit_y, dx, dy, kind=1):
    x0, y0, x1, y1 = rect
    return item(
        RegionSpatialFormat=spatial, RegionDataType=kind, RegionFlags=0, RegionLocationMinX0=x0, RegionLocationMinY0=y0,
        RegionLocationMaxX1=x1, RegionLocationMaxY1=y1, PhysicalUnitsXDirection=unit_x, PhysicalUnitsYDirection=unit_y,
        PhysicalDeltaX=dx, PhysicalDeltaY=dy)


def ultrasound():
    """Regions of one image, and of images that differ."""
    for syntax in (kit.IMPLICIT, kit.EXPLICIT, kit.RLE):
        def image(n, delta):
            ds = dicom(ramp(24, 40), "US", f"us{syntax}", n, SequenceOfUltrasoundRegions=[region([4, 2, 35, 20], 1, 3, 3, delta, delta)])
            if syntax == kit.RLE:
                file_of(ds)
                ds.compress(syntax, generate_instance_uid=False)
            return ds
        yield several(
            f"us-depths-{syntax.keyword.lower()}", "Ultrasound: depth changes between images of a series",
            [image(1, 0.02), image(2, 0.05)], "PS3.3 C.8.5.5.1",
            one_series(frames=[{"regions": [{"delta_x": d, "delta_y": d, "unit_x": "cm", "unit_y": "cm", "rect": [4, 2, 35, 20]}]}
                               for d in (0.02, 0.05)]),
            syntax=syntax,
            measure=[length(0, [10.5, 5.5], [20.5, 5.5], {"length": 2.0, "unit": "mm"}),
                     length(1, [10.5, 5.5], [20.5, 5.5], {"length": 5.0, "unit": "mm"})])
    two = [region([0, 0, 39, 23], 1, 3, 3, 0.02, 0.03), region([0, 24, 39, 47], 1, 3, 3, 0.1, 0.2)]
    yield several(
        "us-two-regions", "Ultrasound: two regions, each with its own scale", [dicom(ramp(48, 40), "US", "two", SequenceOfUltrasoundRegions=two)],
        "PS3.3 C.8.5.5.1", one_series(frames=[{"regions": [{"delta_y": 0.03}, {"delta_y": 0.2}]}]),
        measure=[length(0, [5.5, 3.5], [5.5, 13.5], {"length": 3.0, "unit": "mm"}),
                 length(0, [5.5, 30.5], [5.5, 40.5], {"length": 20.0, "unit": "mm"}),
                 length(0, [5.5, 30.5], [15.5, 30.5], {"length": 10.0, "unit": "mm"}),
                 # From one scale into another there is no length.
                 length(0, [5.5, 3.5], [5.5, 40.5], {"length": None})])
    motion = [region([0, 0, 39, 23], 1, 3, 3, 0.02, 0.02), region([0, 24, 39, 47], 2, 4, 3, 0.01, 0.02)]
    yield several(
        "us-m-mode", "Ultrasound: M-mode, time across", [dicom(ramp(48, 40), "US", "mmode", SequenceOfUltrasoundRegions=motion)],
        "PS3.3 C.8.5.5.1.15", one_series(frames=[{"regions": [{"unit_x": "cm"}, {"unit_x": "s", "unit_y": "cm", "delta_x": 0.01}]}]),
        measure=[length(0, [5.5, 3.5], [15.5, 3.5], {"length": 2.0, "unit": "mm"}),
                 length(0, [5.5, 30.5], [15.5, 33.5], {"length": None})])
    doppler = [region([0, 0, 39, 47], 3, 4, 7, 0.005, -2.5, 3)]
    yield several(
        "us-spectrum", "Ultrasound: spectral Doppler, no length in either direction",
        [dicom(ramp(48, 40), "US", "doppler", SequenceOfUltrasoundRegions=doppler)], "PS3.3 C.8.5.5.1.15",
        one_series(frames=[{"pixel_spacing_mm": None, "regions": [{"unit_x": "s", "unit_y": "cm/s", "delta_y": -2.5}]}]),
        measure=[length(0, [5.5, 5.5], [15.5, 15.5], {"length": None})])


def alone():
    """Ultrasound pictures with one region, beside a pixel spacing that holds only where no region is calibrated."""
    def image(name, *regions):
        return [dicom(ramp(24, 40), "US", name, PixelSpacing=["9", "9"], SequenceOfUltrasoundRegions=list(regions))]
    whole, across = [0, 0, 39, 23], ([5.5, 5.5], [15.5, 5.5])
    yield several(
        "us-m-mode-alone", "Ultrasound: M-mode alone, beside a pixel spacing", image("mmodealone", region(whole, 2, 4, 3, 0.01, 0.02)),
        "PS3.3 C.8.5.5.1.15", one_series(frames=[{"pixel_spacing_mm": None, "regions": [{"unit_x": "s", "unit_y": "cm"}]}]),
        measure=[length(0, *across, {"length": None, "across": {"unit": "ms"}})])
    yield several(
        "us-graphics", "Ultrasound: a frame around graphics alone, beside a pixel spacing", image("graphics", region(whole, 5, 0, 0, 0.0, 0.0)),
        "PS3.3 C.8.5.5.1", one_series(frames=[{"pixel_spacing_mm": [9, 9]}]), measure=[length(0, *across, {"length": 90.0, "unit": "mm"})])
    yield several(
        "us-no-delta", "Ultrasound: a step along an axis is worth nothing", image("nodelta", region(whole, 2, 4, 3, 0.01, 0.0)),
        "PS3.3 C.8.5.5.1.17", one_series(frames=[{"pixel_spacing_mm": None}]),
        measure=[length(0, [5.5, 5.5], [15.5, 15.5], {"length": None, "across": {"unit": "ms"}, "down": {"value": 10.0, "unit": "px"}})])


def spacings():
    """Pixel spacing of slices and projections."""
    def slices(name, spaced, kind="CT", **more):
        return [dicom(ramp(low=10 * z, high=200), kind, name, z + 1, PixelSpacing=s, ImageOrientationPatient=AXIAL,
                      ImagePositionPatient=["0", "0", str(3 * z)], RescaleSlope="1", RescaleIntercept="0", **more)
                for z, s in enumerate(spaced)]
    differing = [["0.5", "0.5"], ["0.5", "0.5"], ["0.8", "0.8"], ["0.8", "0.8"]]
    for kind in ("CT", "MR"):
        yield several(
            f"spacing-{kind.lower()}", f"{kind}: pixel spacing changes within a series", slices(f"sp{kind}", differing, kind), "PS3.3 C.7.6.2.1.1",
            one_series(volume=None, planes=[], frames=[{"pixel_spacing_mm": [float(x) for x in s], "spacing_kind": "patient"} for s in differing]),
            measure=[length(n, [1.5, 1.5], [11.5, 1.5], {"length": v, "unit": "mm"}) for n, v in enumerate([5.0, 5.0, 8.0, 8.0])])
    oblong = [["0.5", "0.25"], ["0.25", "0.5"]]
    yield several(
        "spacing-swapped", "Rows and columns differ, and change within a series", slices("swapped", oblong), "PS3.3 10.7.1.3",
        one_series(frames=[{"pixel_spacing_mm": [0.5, 0.25]}, {"pixel_spacing_mm": [0.25, 0.5]}]),
        measure=[length(0, [1.5, 1.5], [9.5, 1.5], {"length": 2.0}), length(1, [1.5, 1.5], [9.5, 1.5], {"length": 4.0})])
    shots = [dicom(ramp(), kind, "shots", n, ImagerPixelSpacing=[s, s]) for n, (kind, s) in enumerate([("CR", "0.1"), ("CR", "0.2")], 1)]
    yield several(
        "spacing-projections", "Projections of one series with different detectors", shots, "PS3.3 10.7.1.3",
        one_series(frames=[{"pixel_spacing_mm": [v, v], "spacing_kind": "detector"} for v in (0.1, 0.2)]),
        measure=[length(0, [1.5, 1.5], [11.5, 1.5], {"length": 1.0}), length(1, [1.5, 1.5], [11.5, 1.5], {"length": 2.0})])
    magnified = [dicom(ramp(), "MG", "magnified", n, ImagerPixelSpacing=["0.1", "0.1"], EstimatedRadiographicMagnificationFactor=f)
                 for n, f in enumerate(["1.0", "2.0"], 1)]
    yield several(
        "spacing-magnified", "Mammograms with different magnification", magnified, "PS3.3 C.8.11.7.1.1",
        one_series(frames=[{"pixel_spacing_mm": [0.1, 0.1]}, {"pixel_spacing_mm": [0.05, 0.05], "spacing_kind": "magnified"}]))
    some = slices("some", [["0.5", "0.5"], ["0.5", "0.5"]])
    del some[1].PixelSpacing
    yield several(
        "spacing-missing", "A slice without spacing has none", some, "PS3.3 C.7.6.2", one_series(
            volume=None, frames=[{"pixel_spacing_mm": [0.5, 0.5]}, {"pixel_spacing_mm": None, "spacing_kind": None}]),
        measure=[length(1, [1.5, 1.5], [11.5, 1.5], {"length": 10.0, "unit": "px"})])


def shades():
    """Photometric interpretation, windows and rescale of each instance and frame."""
    light = ramp()
    mixed = [dicom(light, "CR", "mixed", n, PhotometricInterpretation=p) for n, p in enumerate(["MONOCHROME2", "MONOCHROME1", "MONOCHROME2"], 1)]
    yield several(
        "inverted-one", "MONOCHROME1 and 2 in one series",
        [with_window(ds, 128, 256) for ds in mixed], "PS3.3 C.7.6.3.1.2",
        one_series(frames=[{"invert": False}, {"invert": True}, {"invert": False}]), view="+Wi",
        shown=[shown(window(light, 128, 256), frame=0), shown(255 - window(light, 128, 256), frame=1), shown(window(light, 128, 256), frame=2)])
    values = ramp(high=4095, dtype=np.uint16)
    windows = [(1000, 500), (2000, 1000), (3000, 4000)]
    yield several(
        "window-each", "A window of its own for each image", [with_window(dicom(values, "CT", "we", n, bits=12), c, w) for n, (c, w) in enumerate(windows, 1)],
        "PS3.3 C.11.2", one_series(frames=[{"windows": [{"center": c, "width": w, "function": "LINEAR"}]} for c, w in windows]),
        view="+Wi", shown=[shown(window(values, c, w), frame=n) for n, (c, w) in enumerate(windows)])
    slopes = [("1", "-1000"), ("2", "-1000"), ("0.5", "3")]
    yield several(
        "rescale-each", "A rescale of its own for each image (PET)",
        [dicom(values, "PT", "pet", n, RescaleSlope=s, RescaleIntercept=i, Units="BQML") for n, (s, i) in enumerate(slopes, 1)],
        "PS3.3 C.7.6.16.2.9", one_series(unit="BQML", frames=[{"values": {"min": float(i), "max": 4095 * float(s) + float(i)}} for s, i in slopes]),
        pixels=[pixels(values * float(s) + float(i), frame=n) for n, (s, i) in enumerate(slopes)])


def with_window(ds, center, width):
    ds.WindowCenter, ds.WindowWidth = str(center), str(width)
    return ds


def enhanced():
    """Functional groups of each frame."""
    base = ramp(high=4095, dtype=np.uint16)
    frames = np.stack([np.roll(base, 3 * n, axis=0) for n in range(3)])
    spaced, windows, slopes = [0.5, 0.5, 0.75], [(1000, 500), (2000, 1000), (300, 4000)], [("1", "-1024"), ("2", "-1024"), ("1", "0")]

    def groups(n, own_spacing=True):
        found = item(
            PlanePositionSequence=[item(ImagePositionPatient=["0", "0", str(2 * n)])],
            FrameVOILUTSequence=[item(WindowCenter=str(windows[n][0]), WindowWidth=str(windows[n][1]))],
            PixelValueTransformationSequence=[item(RescaleSlope=slopes[n][0], RescaleIntercept=slopes[n][1], RescaleType="HU")])
        if own_spacing:
            found.PixelMeasuresSequence = [item(PixelSpacing=[str(spaced[n])] * 2, SliceThickness="2")]
        return found
    for kind in ("enhanced CT", "enhanced MR"):
        for syntax in (kit.EXPLICIT, kit.IMPLICIT, kit.BIG_ENDIAN, kit.RLE, kit.JPEG_LS):
            name = f"{kind.split()[1].lower()}-{syntax.keyword.lower()}"
            ds = dicom(frames, kind, name, bits=12, SharedFunctionalGroupsSequence=[item(
                PlaneOrientationSequence=[item(ImageOrientationPatient=AXIAL)])], PerFrameFunctionalGroupsSequence=[groups(n) for n in range(3)])
            if syntax in (kit.RLE, kit.JPEG_LS):
                file_of(ds)
                ds.compress(syntax, generate_instance_uid=False)
            values = [frames[n] * float(s) + float(i) for n, (s, i) in enumerate(slopes)]
            yield several(
                f"enhanced-{name}", "Enhanced: spacing, window and rescale of each frame", [ds], "PS3.3 C.7.6.16.2",
                one_series(volume=None, unit="HU", frames=[
                    {"frame": n, "position": [0, 0, 2 * n], "pixel_spacing_mm": [spaced[n]] * 2,
                     "windows": [{"center": windows[n][0], "width": windows[n][1]}],
                     "values": {"min": float(values[n].min()), "max": float(values[n].max())}} for n in range(3)]),
                syntax=syntax, stored=[frames], pixels=kit.stack(values),
                shown=[shown(window(values[n], *windows[n]), frame=n) for n in range(3)],
                measure=[length(2, [1.5, 1.5], [11.5, 1.5], {"length": 7.5, "unit": "mm"})])


def functions():
    """Shapes of windows and slopes of positron emission by frame, and what is shown bright."""
    base = ramp()
    frames = np.stack([np.roll(base, 3 * n, axis=0) for n in range(3)])
    shapes = ["SIGMOID", "LINEAR_EXACT", "LINEAR"]
    own = [item(FrameVOILUTSequence=[item(WindowCenter="100", WindowWidth="50", VOILUTFunction=shape)]) for shape in shapes]
    ds = dicom(frames, "enhanced MR", "functions", SharedFunctionalGroupsSequence=[item()], PerFrameFunctionalGroupsSequence=own)
    yield several(
        "enhanced-functions", "Enhanced: a VOI LUT function for each frame", [ds], "PS3.3 C.11.2.1.3",
        one_series(frames=[{"windows": [{"function": shape}]} for shape in shapes]),
        shown=[shown(window(frames[n], 100, 50, shape), frame=n) for n, shape in enumerate(shapes)])
    own = [item(PlanePositionSequence=[item(ImagePositionPatient=["0", "0", str(3 * n)])],
                PixelValueTransformationSequence=[item(RescaleSlope=str(n + 1), RescaleIntercept="0", RescaleType="BQML")]) for n in range(3)]
    ds = dicom(frames, "PT", "enhancedpet", SharedFunctionalGroupsSequence=[item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=AXIAL)], PixelMeasuresSequence=[item(PixelSpacing=["2", "2"], SliceThickness="3")])],
        PerFrameFunctionalGroupsSequence=own)
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.130"
    yield several(
        "enhanced-pet", "Enhanced PET: a rescale of its own for each frame", [ds], "PS3.3 C.7.6.16.2.9", one_series(unit="BQML", slices=3),
        pixels=kit.stack([frames[n] * (n + 1.0) for n in range(3)]))
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        looks = ["IDENTITY", "INVERSE", None]
        sets = [with_window(dicom(base, "DX", f"looks{photometric}", n, PhotometricInterpretation=photometric), 128, 256) for n in range(1, 4)]
        for ds, look in zip(sets, looks):
            if look:
                ds.PresentationLUTShape = look
        inverted = [False, True, photometric == "MONOCHROME1"]
        plain = window(base, 128, 256)
        yield several(
            f"looks-{photometric.lower()}", f"Presentation LUT Shape of {photometric}", sets, "PS3.3 C.11.6", view="+Wi",
            report=one_series(frames=[{"invert": invert} for invert in inverted]),
            shown=[shown(255 - plain if invert else plain, frame=n) for n, invert in enumerate(inverted)])


def cases():
    """All of them."""
    return [*ultrasound(), *alone(), *spacings(), *shades(), *enhanced(), *functions()]
