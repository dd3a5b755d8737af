"""Kinds D, E and G: where pixels lie and how large they are; H and J: what is told about slices."""

import numpy as np

import kit
from kit import Case, dicom, file_of, item, one_series, ramp

AXIAL = ["1", "0", "0", "0", "1", "0"]


def case(name, kind, form, sets, expect, syntax=kit.EXPLICIT, authority="PS3.3 C.7.6.2", **more):
    files = [(f"{n:02}.dcm", file_of(ds, syntax)) for n, ds in enumerate(sets, 1)]
    return Case(f"{name}", kind, form, files, expect, syntax=syntax.name, authority=authority, **more)


def ds_number(value):
    """A decimal string of at most 16 characters."""
    text = repr(float(value))
    return text if len(text) <= 16 else f"{value:.10g}"[:16]


def slices(name, origins, kind="CT", orientation=AXIAL, spacing=("1", "1"), picture=None, **more):
    found = []
    for n, origin in enumerate(origins):
        array = picture(n) if picture else ramp(low=n, high=200 + n)
        found.append(dicom(array, kind, name, n + 1, ImageOrientationPatient=orientation, ImagePositionPatient=[ds_number(x) for x in origin],
                           PixelSpacing=list(spacing), **more))
    return found


def sphere(axes, origin, size, radius, centre):
    """Voxels [slice, row, column] within a sphere; `axes` are the steps of column, row and slice."""
    k, j, i = np.indices(size[::-1])
    points = [origin[r] + i * axes[0][r] + j * axes[1][r] + k * axes[2][r] for r in range(3)]
    return (sum((p - c) ** 2 for p, c in zip(points, centre)) <= radius**2).astype(np.uint8) * 200


def tilted():
    """Gantry tilt: the step from slice to slice is not along the normal."""
    for degrees in (10, 20, -15):
        shift = 2.5 * np.tan(np.radians(degrees))
        size, axes = (40, 40, 20), [(1, 0, 0), (0, 1, 0), (0, shift, 2.5)]
        origin = (-19.5, -19.5 - shift * 9.5, -23.75)
        ball = sphere(axes, origin, size, 15, (0, 0, 0))
        origins = [[o + n * s for o, s in zip(origin, axes[2])] for n in range(size[2])]
        name = f"geometry-tilt-{degrees}"
        yield case(name, "D", "CT with a tilted gantry", slices(name, origins, picture=lambda n: ball[n], WindowCenter="100", WindowWidth="200"), {
            "report": one_series(slices=20, times=1, volume={"axes": [list(a) for a in axes], "origin": list(origin)}),
            "extents": [{"plane": p, "above": 128, "mm": [30, 30], "tolerance": 3.5} for p in ("sagittal", "coronal")],
            # In an acquired slice lengths follow its own spacing.
            "measure": [{"frame": 3, "from": [2.5, 3.5], "to": [5.5, 7.5], "expect": {"length": 5.0, "unit": "mm"}}]})
    # Slices that are straight but oblique: the axes are perpendicular, nothing is sheared.
    c, s = np.cos(np.radians(25)), np.sin(np.radians(25))
    axes = [(1, 0, 0), (0, c, s), (0, -2.5 * s, 2.5 * c)]
    origin = tuple(-sum(a[r] * n for a, n in zip(axes, (19.5, 19.5, 9.5))) for r in range(3))
    ball = sphere(axes, origin, (40, 40, 20), 15, (0, 0, 0))
    origins = [[o + n * st for o, st in zip(origin, axes[2])] for n in range(20)]
    yield case("geometry-oblique", "D", "Oblique slices with perpendicular axes", slices(
        "oblique", origins, orientation=["1", "0", "0", "0", ds_number(c), ds_number(s)], picture=lambda n: ball[n], WindowCenter="100", WindowWidth="200"), {
        "report": one_series(slices=20, planes=[{"name": "axial", "pixel_mm": [1, 1], "width": 40, "height": 40},
                                                {"name": "coronal", "pixel_mm": [2.5, 1], "width": 40, "height": 20},
                                                {"name": "sagittal", "pixel_mm": [2.5, 1], "width": 40, "height": 20}]),
        "extents": [{"plane": p, "above": 128, "mm": [30, 30], "tolerance": 3.5} for p in ("sagittal", "coronal")],
        "measure": [{"frame": 0, "plane": "sagittal", "from": [10.5, 5.5], "to": [14.5, 5.5], "expect": {"length": 4.0}},
                    {"frame": 0, "plane": "sagittal", "from": [10.5, 5.5], "to": [10.5, 9.5], "expect": {"length": 10.0}}]})


def oblong():
    """Planes of straight volumes with three different spacings, in each orientation."""
    for name, orientation, step in [("axial", AXIAL, (0, 0, 3)), ("coronal", ["1", "0", "0", "0", "0", "-1"], (0, 3, 0)),
                                    ("sagittal", ["0", "1", "0", "0", "0", "-1"], (-3, 0, 0))]:
        origins = [[n * s for s in step] for n in range(5)]
        yield case(f"geometry-{name}", "D", "Straight volumes of oblong voxels", slices(
            f"straight{name}", origins, "MR", orientation, ("2", "0.5")), {
            "report": one_series(slices=5, planes=[{"name": "axial"}, {"name": "coronal"}, {"name": "sagittal"}]),
            "measure": [{"frame": 2, "from": [1.5, 1.5], "to": [7.5, 3.5], "expect": {"length": 5.0, "unit": "mm"}},
                        {"frame": 0, "from": [5.5, 1.5], "through": [1.5, 1.5], "to": [5.5, 2.5], "expect": {"angle_deg": 45.0}}]})


def small():
    """Spacing far below a millimetre, and above."""
    for name, step, pixel in [("10um", 0.01, "0.01"), ("oct", 0.0117, "0.0058"), ("1um", 0.001, "0.001"), ("10nm", 1e-5, "0.00001"), ("5cm", 50.0, "20")]:
        origins = [(0, 0, round(n * step, 9)) for n in range(6)]
        mm = float(pixel)
        yield case(f"spacing-{name}", "E", "Slices from 10 nm to 5 cm apart", slices(f"small{name}", origins, "MR", spacing=(pixel, pixel)), {
            "report": one_series(slices=6, times=1, volume={"axes": [[mm, 0, 0], [0, mm, 0], [0, 0, step]]}, notes=[{"without": "spaced"}]),
            "measure": [{"frame": 0, "from": [1.5, 1.5], "to": [11.5, 1.5], "expect": {"length": 10 * mm}}]})
    frames = np.stack([ramp(low=n, high=200 + n) for n in range(6)])
    groups = [item(PlanePositionSequence=[item(ImagePositionPatient=["0", ds_number(n * 0.0117), "0"])]) for n in range(6)]
    ds = dicom(frames, "OPT", "octframes", SharedFunctionalGroupsSequence=[item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=["1", "0", "0", "0", "0", "-1"])],
        PixelMeasuresSequence=[item(PixelSpacing=["0.0039", "0.0058"], SliceThickness="0.0117")])], PerFrameFunctionalGroupsSequence=groups)
    yield case("spacing-oct-frames", "E", "OCT as one enhanced object", [ds], {
        "report": one_series(slices=6, times=1, volume={"axes": [[0.0058, 0, 0], [0, 0, -0.0039], [0, 0.0117, 0]]})})
    for name, step in [("10um", 0.01), ("clinical", 1.25)]:
        origins = [(0, 0, round(n * step, 9)) for n in range(9) if n != 4]
        yield case(f"gap-{name}", "E", "A missing slice is told", slices(f"gap{name}", origins), {
            "report": one_series(slices=8, times=1, volume=None, notes=["missing"])})
    yield case("gap-steps", "E", "Slices of two distances", slices("steps", [(0, 0, z) for z in (0, 1, 2, 3, 5, 7, 9)]), {
        "report": one_series(slices=7, times=1, volume=None, notes=["missing"])})
    for name, step, jitter in [("clinical", 3.0, 0.0004), ("micro", 0.02, 2e-6)]:
        sets = []
        for t in range(3):
            for z in range(4):
                origin = (0, 0, round(z * step + jitter * ((t + z) % 3 - 1), 9))
                sets.append(dicom(ramp(low=20 * t + z, high=200), "MR", f"jitter{name}", 4 * t + z + 1, ImageOrientationPatient=AXIAL,
                                  ImagePositionPatient=[ds_number(x) for x in origin], PixelSpacing=[ds_number(step / 3)] * 2, TemporalPositionIdentifier=str(t + 1)))
        yield case(f"times-{name}", "E", "Times of a 4D series whose positions differ by rounding", sets, {
            "report": one_series(slices=4, times=3, frames=[{"file": f"times-{name}/{4 * t + z + 1:02}.dcm"} for t in range(3) for z in range(4)])})


def pixel_geometry():
    """Aspect ratio, detector and patient spacing, real world values, nuclear medicine."""
    base = ramp(24, 32)
    for syntax in (kit.IMPLICIT, kit.EXPLICIT, kit.BIG_ENDIAN):
        yield case(f"aspect-{syntax.keyword.lower()}", "G", "Pixel Aspect Ratio without a spacing", [dicom(base, "OT", f"aspect{syntax}", PixelAspectRatio=["2", "1"])], {
            "report": one_series(frames=[{"pixel_spacing_mm": None, "pixel_aspect": [2, 1]}]),
            "measure": [{"frame": 0, "from": [10.0, 0.0], "through": [0.0, 0.0], "to": [10.0, 10.0], "expect": {"angle_deg": float(np.degrees(np.arctan(2)))}},
                        {"frame": 0, "from": [1.5, 1.5], "to": [1.5, 6.5], "expect": {"length": 10.0, "unit": "pixel widths"}}]},
            syntax, "PS3.3 C.7.6.3.1.7")
    yield case("aspect-wide", "G", "Pixel Aspect Ratio without a spacing", [dicom(base, "OT", "aspectwide", PixelAspectRatio=["3", "4"])], {
        "report": one_series(frames=[{"pixel_aspect": [3, 4]}]),
        "measure": [{"frame": 0, "from": [9.5, 1.5], "through": [1.5, 1.5], "to": [9.5, 9.5], "expect": {"angle_deg": float(np.degrees(np.arctan(0.75)))}}]},
        authority="PS3.3 C.7.6.3.1.7")
    yield case("aspect-and-spacing", "G", "A spacing counts for more than an aspect ratio", [dicom(
        base, "OT", "aspectspacing", PixelAspectRatio=["1", "1"], PixelSpacing=["0.5", "0.25"])], {
        "report": one_series(frames=[{"pixel_spacing_mm": [0.5, 0.25]}])}, authority="PS3.3 C.7.6.3.1.7")
    for name, attributes, spacing, kind in [
            ("equal", {"PixelSpacing": ["0.15", "0.15"], "ImagerPixelSpacing": ["0.15", "0.15"]}, 0.15, "detector"),
            ("calibrated", {"PixelSpacing": ["0.1", "0.1"], "ImagerPixelSpacing": ["0.15", "0.15"]}, 0.1, "patient"),
            ("imager", {"ImagerPixelSpacing": ["0.15", "0.15"]}, 0.15, "detector"),
            ("fiducial", {"PixelSpacing": ["0.15", "0.15"], "ImagerPixelSpacing": ["0.15", "0.15"], "PixelSpacingCalibrationType": "FIDUCIAL"}, 0.15, "patient"),
            ("film", {"NominalScannedPixelSpacing": ["0.2", "0.2"]}, 0.2, "film")]:
        yield case(f"projection-{name}", "G", "Spacing of projections: detector, calibrated, film", [dicom(base, "DX", f"dx{name}", **attributes)], {
            "report": one_series(frames=[{"pixel_spacing_mm": [spacing] * 2, "spacing_kind": kind}])}, authority="PS3.3 10.7.1.3")
    code = item(CodeValue="mm2/s", CodingSchemeDesignator="UCUM", CodeMeaning="square millimeter per second")
    stored = ramp(low=100, high=1000, dtype=np.uint16)
    mapping = item(RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=4095, RealWorldValueSlope=0.000001, RealWorldValueIntercept=0.0,
                   LUTLabel="ADC", LUTExplanation="ADC", MeasurementUnitsCodeSequence=[code])
    for item_of in (mapping,):
        item_of["RealWorldValueFirstValueMapped"].VR = item_of["RealWorldValueLastValueMapped"].VR = "US"
    for name, attributes in [("top", {"RealWorldValueMappingSequence": [mapping]}),
                             ("frame", {"SharedFunctionalGroupsSequence": [item(RealWorldValueMappingSequence=[mapping])],
                                        "PerFrameFunctionalGroupsSequence": [item(PlanePositionSequence=[item(ImagePositionPatient=["0", "0", "0"])])]})]:
        enhanced = name == "frame"
        yield case(f"real-world-{name}", "G", "Real World Value Mapping with its unit", [dicom(
            stored[None] if enhanced else stored, "enhanced MR" if enhanced else "MR", f"rwv{name}", **attributes)], {
            "report": one_series(unit="mm2/s", frames=[{"values": {"min": 1e-4, "max": 1e-3}, "real_world": {"unit": "mm2/s", "min": 1e-4, "max": 1e-3}}])}, authority="PS3.3 C.7.6.16.2.11")


def nuclear():
    """Reconstructed tomograms: orientation and sign of the spacing are in the detector's item (PS3.3 C.8.4.8, C.8.4.15)."""
    frames = np.stack([ramp(low=n, high=200 + n) for n in range(5)])
    for sign in (1, -1):
        detector = item(ImageOrientationPatient=AXIAL, ImagePositionPatient=["0", "0", "100"])
        ds = dicom(frames, "NM", f"nm{sign}", ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"], PixelSpacing=["4", "4"],
                   SliceThickness="5", SpacingBetweenSlices=str(sign * 5), SliceVector=[1, 2, 3, 4, 5], DetectorInformationSequence=[detector])
        ds.FrameIncrementPointer = 0x00540080
        z = [100 + sign * 5 * n for n in range(5)]
        order = sorted(range(5), key=lambda n: z[n])
        yield case(f"nuclear-{'down' if sign < 0 else 'up'}", "G", "NM reconstruction, sign of the spacing", [ds], {
            "report": one_series(slices=5, times=1, frames=[{"frame": n, "position": [0, 0, z[n]]} for n in order])}, authority="PS3.3 C.8.4.15")


def repeats():
    """Instances that come again: with the same content, and with another one."""
    same = slices("twice", [(0, 0, 0), (0, 0, 2), (0, 0, 2)])
    same[2] = same[1].copy()
    yield case("repeat-same", "H", "The same instance twice", same, {"report": one_series(slices=2, times=1, notes=["twice"])})
    other = slices("other", [(0, 0, 0), (0, 0, 2), (0, 0, 4)])
    for ds in other:
        ds.SOPInstanceUID = kit.uid("one for all")
    yield case("repeat-differs", "H", "One SOP Instance UID for different images", other, {"report": one_series(slices=3, frames=[{}, {}, {}])})
    tiles = np.stack([ramp(16, 16, low=n, high=200 + n) for n in range(4)])
    groups = [item(PlanePositionSlideSequence=[item(ColumnPositionInTotalImagePixelMatrix=1 + 16 * (n % 2), RowPositionInTotalImagePixelMatrix=1 + 16 * (n // 2))]) for n in range(4)]
    ds = dicom(np.repeat(tiles[..., None], 3, axis=-1), "SM", "slide", TotalPixelMatrixColumns=32, TotalPixelMatrixRows=32, PerFrameFunctionalGroupsSequence=groups,
               DimensionOrganizationType="TILED_SPARSE", ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
    yield case("tiles", "H", "Tiles of a whole-slide image", [ds], {
        "report": one_series(width=32, height=32, frames=[{"values": None}]),
        "shown": [kit.shown(np.block([[tiles[0], tiles[1]], [tiles[2], tiles[3]]]), tolerance=0)]}, authority="PS3.3 C.7.6.17.3")
    del groups[2]
    ds = ds.copy()
    ds.NumberOfFrames, ds.PixelData, ds.SeriesInstanceUID = 3, np.repeat(tiles[[0, 1, 3]][..., None], 3, axis=-1).tobytes(), kit.uid("sparse")
    yield case("tiles-sparse", "H", "Tiles of a whole-slide image, one of them missing", [ds], {
        "report": one_series(width=32, height=32, frames=[{}], notes=["tile"])}, authority="PS3.3 C.7.6.17.3")


def notes():
    """What is not shown is told with a count."""
    base = ramp()
    overlay = dicom(base, "CT", "overlay")
    for group in (0x6000, 0x6002):
        for element, vr, value in [(0x10, "US", 12), (0x11, "US", 16), (0x40, "CS", "G"), (0x50, "SS", [1, 1]), (0x100, "US", 1), (0x102, "US", 0),
                                   (0x3000, "OW", bytes(24))]:
            overlay.add_new((group << 16) | element, vr, value)
    yield case("note-overlay", "J", "Overlays", [overlay], {"report": one_series(notes=["verlay"])}, authority="PS3.3 C.9.2")
    curve = dicom(base, "CT", "curve")
    for element, vr, value in [(0x5, "US", 2), (0x10, "US", 2), (0x20, "CS", "POLY"), (0x103, "US", 0), (0x3000, "OW", bytes(8))]:
        curve.add_new((0x5000 << 16) | element, vr, value)
    yield case("note-curve", "J", "Curves", [curve], {"report": one_series(notes=["curves, which are not shown"])}, authority="PS3.3 C.10.2 (2004)")
    film = np.stack([base, base])
    mask = dicom(film, "XA", "mask", MaskSubtractionSequence=[item(MaskOperation="AVG_SUB", MaskFrameNumbers=1)])
    yield case("note-mask", "J", "A mask that is to be subtracted", [mask], {"report": one_series(notes=["mask to be subtracted"])}, authority="PS3.3 C.7.6.10")
    covered = dicom(base, "XA", "shutter", ShutterShape="RECTANGULAR", ShutterLeftVerticalEdge="2", ShutterRightVerticalEdge="9",
                    ShutterUpperHorizontalEdge="2", ShutterLowerHorizontalEdge="9")
    yield case("note-shutter", "J", "A display shutter", [covered], {"report": one_series(notes=["covered by a shutter"])}, authority="PS3.3 C.7.6.11")
    yield case("note-missing", "J", "Missing slices", slices("noteslices", [(0, 0, z) for z in (0, 2, 4, 8, 10)]), {"report": one_series(notes=["missing"])})
    twice = slices("notetwice", [(0, 0, 0), (0, 0, 2), (0, 0, 4)])
    yield case("note-twice", "J", "Duplicates, with their count", [*twice, twice[0], twice[1]], {"report": one_series(slices=3, notes=["2 files came twice"])})
    sizes = [dicom(ramp(12, 16), "CT", "sizes", 1), dicom(ramp(16, 16), "CT", "sizes", 2)]
    yield case("note-sizes", "J", "Images of different sizes in one series", sizes, {"report": {"series": [{"notes": ["differ in size"]}, {"notes": ["differ in size"]}]}})


def cases():
    """All of them."""
    return [*tilted(), *oblong(), *small(), *pixel_geometry(), *nuclear(), *repeats(), *notes()]
