"""Kinds D, F, G and codec: NIfTI files, whose numbers and affines nibabel writes and reads."""

import gzip

import nibabel
import numpy as np

import kit
from kit import Case, noise, one_series

MADE_BY = f"nibabel {nibabel.__version__}"


def nifti(name, kind, form, data, expect, affine=None, version=1, big=False, change=None, packed=False):
    """A NIfTI file; `change` may set fields of the header. nibabel is asked to read it back."""
    build = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    header = build.header_class(endianness=">" if big else "<")
    image = build(data, np.diag([1.0, 1, 1, 1]) if affine is None else affine, header=header, dtype=data.dtype)
    if change:
        change(image.header)
    content = image.to_bytes()
    back = build.from_bytes(content)
    assert np.array_equal(np.asarray(back.dataobj), data), name
    if packed:
        content = gzip.compress(content, mtime=0)
    return Case(f"nifti-{name}", kind, form, [("image.nii.gz" if packed else "image.nii", content)], expect, made_by=MADE_BY,
                authority="NIfTI-1.1 and NIfTI-2", references=[{"name": "nibabel", "version": nibabel.__version__, "says": "agrees"}])


def seen(volume):
    """Slices [k, row, column] of a volume [i, j, k] in RAS along its axes: left is on the right, the front on top."""
    return [volume[::-1, ::-1, k].T for k in range(volume.shape[2])]


def numbers():
    """Types of numbers in both byte orders and versions."""
    for name, dtype, low, high in [("u8", np.uint8, 0, 255), ("i8", np.int8, -128, 127), ("i16", np.int16, -32768, 32767), ("u16", np.uint16, 0, 65535),
                                   ("i32", np.int32, -2**24, 2**24), ("u32", np.uint32, 0, 2**24), ("i64", np.int64, -2**24, 2**24)]:
        for version, big in [(1, False), (1, True), (2, False), (2, True)]:
            if (version, big) in ((2, False), (1, True)) and name not in ("i16", "i32"):
                continue
            data = noise(f"{name}{version}{big}", (7, 6, 3), low, high, dtype)
            yield nifti(f"{name}-{version}-{'big' if big else 'little'}", "codec", f"NIfTI, {data.dtype.name}", data, {
                "report": one_series(width=7, height=6, slices=3, times=1), "pixels": kit.stack(seen(data))}, version=version, big=big)
    for name, dtype in [("f32", np.float32), ("f64", np.float64)]:
        data = np.linspace(-2, 3, 126).reshape(7, 6, 3).astype(dtype)
        yield nifti(name, "codec", f"NIfTI, {data.dtype.name}", data, {"pixels": kit.stack(seen(data))})
        yield nifti(f"{name}-gz", "codec", f"NIfTI, {data.dtype.name}", data, {"pixels": kit.stack(seen(data))}, packed=True)
    data = noise("slope", (7, 6, 3), -300, 300, np.int16)
    yield Case(
        "nifti-slope", "F", "NIfTI, slope and intercept", [("image.nii", scaled(data))], {"pixels": kit.stack([0.5 * f + 10 for f in seen(data)])},
        made_by=MADE_BY, authority="NIfTI-1.1", references=[{"name": "nibabel", "version": nibabel.__version__, "says": "agrees"}])


def scaled(data):
    """A file with a slope of 0.5 and an intercept of 10 on these stored numbers."""
    image = nibabel.Nifti1Image(data, np.eye(4))
    content = bytearray(image.to_bytes())
    content[112:120] = np.array([0.5, 10], "<f4").tobytes()
    back = nibabel.Nifti1Image.from_bytes(bytes(content))
    assert np.array_equal(np.asarray(back.dataobj), data * 0.5 + 10)
    return bytes(content)


def geometry():
    """Affines: oblong, sheared, one of two."""
    data = noise("geometry", (20, 24, 12), 0, 200, np.uint8)
    oblong = np.diag([-2.0, 0.5, 3, 1])
    yield nifti("oblong", "D", "NIfTI, oblong voxels", data, {
        "report": one_series(planes=[{"name": "axial", "width": 20, "height": 24, "pixel_mm": [0.5, 2]}, {"name": "coronal", "pixel_mm": [3, 2]}, {"name": "sagittal", "pixel_mm": [3, 0.5]}]),
        "measure": [{"frame": 2, "from": [1.5, 1.5], "to": [3.5, 7.5], "expect": {"length": 5.0, "unit": "mm"}},
                    {"frame": 2, "plane": "coronal", "from": [1.5, 1.5], "to": [3.5, 2.5], "expect": {"length": 5.0}}]}, affine=oblong)
    for name, shear in [("xz", [[1, 0, 0.6], [0, 1, 0], [0, 0, 2]]), ("yz", [[1, 0, 0], [0, 1, 0.5], [0, 0, 2]])]:
        size = (40, 40, 24)
        affine = np.eye(4)
        affine[:3, :3] = shear
        affine[:3, 3] = -affine[:3, :3] @ ((np.array(size) - 1) / 2)
        points = np.einsum("rc,c...->r...", affine[:3, :3], np.indices(size)) + affine[:3, 3][:, None, None, None]
        ball = ((points**2).sum(axis=0) <= 15**2).astype(np.uint8) * 200

        def level(header):
            header["cal_min"], header["cal_max"] = 0, 200
        yield nifti(f"sheared-{name}", "D", "NIfTI, sheared affine", ball, {
            "extents": [{"plane": p, "above": 100, "mm": [30, 30], "tolerance": 3.5} for p in ("axial", "coronal", "sagittal")]}, affine=affine, change=level, packed=True)

    turned = np.array([[0.0, -2, 0, 5], [3, 0, 0, 6], [0, 0, 4, 7], [0, 0, 0, 1]])
    content = bytearray(nibabel.Nifti1Image(data, turned).to_bytes())
    # Both codes stay set, the rows of the sform are zero.
    content[252:256] = np.array([1, 2], "<i2").tobytes()
    content[280:328] = bytes(48)
    assert np.allclose(nibabel.Nifti1Image.from_bytes(bytes(content)).header.get_qform(), turned, atol=1e-5)
    yield Case("nifti-zero-sform", "G", "NIfTI, a zero sform beside a good qform", [("image.nii", bytes(content))], {
        "report": one_series(width=20, height=24, slices=12, frames=[{"pixel_spacing_mm": [2, 3]}] * 12)}, made_by=MADE_BY, authority="NIfTI-1.1")
    film = noise("film", (7, 6, 2, 5), 0, 200, np.uint8)
    for unit, code, step, want in [("sec", 8, 2.5, 2500.0), ("msec", 16, 2.5, 2.5), ("usec", 24, 2500.0, 2.5), ("hz", 32, 2.5, None), ("ppm", 40, 2.5, None), ("rads", 48, 2.5, None)]:
        def units(header, code=code, step=step):
            header["xyzt_units"] = 2 | code
            header["pixdim"][4] = step
        yield nifti(f"time-{unit}", "G", "NIfTI, units of time", film, {"report": one_series(slices=2, times=5, frame_time_ms=want)}, change=units)
    for unit, code, factor in [("m", 1, 1000.0), ("mm", 2, 1.0), ("um", 3, 0.001)]:
        def space(header, code=code):
            header["xyzt_units"] = code | 8
        yield nifti(f"space-{unit}", "G", "NIfTI, units of space", data, {
            "report": one_series(frames=[{"pixel_spacing_mm": [2 * factor, 2 * factor]}] * 12)}, affine=np.diag([2.0, 2, 2, 1]), change=space)
    micro = np.diag([0.01, 0.01, 0.01, 1])
    yield nifti("10um", "E", "NIfTI, voxels of 10 um", data, {
        "report": one_series(slices=12, times=1, frames=[{"pixel_spacing_mm": [0.01, 0.01]}] * 12),
        "measure": [{"frame": 0, "from": [1.5, 1.5], "to": [11.5, 1.5], "expect": {"length": 0.1, "unit": "mm"}}]}, affine=micro)


def refused():
    """What is refused by name."""
    yield Case("nifti-complex", "codec", "NIfTI, complex", [("image.nii", nibabel.Nifti1Image(np.zeros((4, 4, 2), np.complex64), np.eye(4)).to_bytes())],
               {"refused": "omplex"}, made_by=MADE_BY, authority="NIfTI-1.1")


def cases():
    """All of them."""
    return [*numbers(), *geometry(), *refused()]
