#!/usr/bin/env python3
"""Makes a folder (docs/reference/pictures.md) in which real and simulated pictures of a modality are the two classes of a source, all of
them squares of 128 pixels, for `unimed train probe --field class`: what `--against simulated` asks, of pictures that can be changed
first. With --jpeg every one is stored once more as JPEG, of a quality between 75 and 90, so that traces of an earlier JPEG are no longer
what only real pictures have.

    python3 train/pictures/against.py FOLDER OUT [--unimed PROGRAM] [--jpeg]

FOLDER has real pictures with an index.jsonl. Needs Python 3.11 or later with venv.
"""

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from fetching import in_tools, say

TOOLS = ["pillow==13.0.0"]
# As the probe has it (train/src/probe/simulated.rs): at most so many pictures, at least so many, side, seed of the scenes.
MOST, FEWEST, SIDE, SEED = 300, 20, 128, 1
QUALITY = (75, 90)


def spread(items, most):
    """Up to `most` of some, evenly spread."""
    count = len(items)
    return [item for at, item in enumerate(items) if count <= most or at * most // count != (at + 1) * most // count]


def middle_square(image):
    from PIL import Image

    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.convert("RGB").crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def stored(image, quality):
    """The picture after it was a JPEG."""
    from PIL import Image

    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def scenes(program, modality, split, count):
    """The first scenes of a split."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        command = [program, "phantom", "--modality", modality, "--seed", str(SEED), "--split", split]
        done = subprocess.run([*command, "--count", str(count), "--out", folder], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed; it says:\n{done.stderr.strip()}")
        for index in range(count):
            yield Image.open(Path(folder) / f"{modality}-{SEED}-{index}.png").convert("RGB"), f"scene {split} {index}"


def main():
    from PIL import Image

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--unimed", default="unimed", help="the program that draws scenes")
    parser.add_argument("--jpeg", action="store_true", help="store every picture once more as JPEG")
    args = parser.parse_args()
    by_modality = defaultdict(lambda: {"train": [], "board": []})
    for line in (args.folder / "index.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record.get("modality"):
            by_modality[record["modality"]][record["split"]].append(record)
    (args.out / "images").mkdir(parents=True)
    draw, lines = random.Random(5), []
    for modality, splits in sorted(by_modality.items()):
        if len(splits["train"]) < FEWEST or not splits["board"]:
            continue
        for split, records in splits.items():
            chosen = spread(records, MOST)
            real = ((middle_square(Image.open(args.folder / record["file"])), record["group"]) for record in chosen)
            simulated = scenes(args.unimed, modality, "train" if split == "train" else "validation", len(chosen))
            for name, pictures in (("real", real), ("simulated", simulated)):
                for image, group in pictures:
                    file = f"images/{len(lines)}.png"
                    (stored(image, draw.randint(*QUALITY)) if args.jpeg else image).save(args.out / file)
                    lines.append({"file": file, "source": modality, "group": f"{name} {group}", "split": split,
                                  "modality": modality, "class": name, "width": SIDE, "height": SIDE})
        say(f"{modality}: done")
    (args.out / "index.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


in_tools(__file__, TOOLS)
main()
