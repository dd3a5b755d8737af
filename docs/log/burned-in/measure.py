"""Writes a name or date into a corner of real pictures, and counts how often it is found, how much of it is covered, and how
often something is found in the pictures as they are.

    cargo build --release -p unimed-imaging --example burned_in
    python3 docs/log/burned-in/measure.py PICTURES target/release/examples/burned_in SCRATCH

PICTURES has an index.jsonl with "file" and "source" of each picture (docs/reference/pictures.md). Needs Pillow, numpy and the
DejaVu fonts.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu"
FACES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"]
WORDS = ["DOE^JANE 1961-04-02", "Mustermann, Erika", "ID 4711-0815", "SMITH JOHN M 67Y", "St. Mary Hospital", "2019-11-03 14:22:07"]
COLOURS = [(255, 255, 255), (255, 255, 255), (255, 255, 0), (0, 255, 0)]
EACH = 40


def stamp(image):
    """The picture with words in a corner, as high as 2.5 to 5 % of the shorter side and at least 10 pixels; black on what is bright."""
    image = image.copy()
    width, height = image.size
    draw = ImageDraw.Draw(image)
    size = max(10, int(min(width, height) * random.uniform(0.025, 0.05)))
    font = ImageFont.truetype(f"{FONTS}/{random.choice(FACES)}", size)
    words = random.choice(WORDS)
    long = draw.textlength(words, font=font)
    x = random.choice([2 + width * 0.01, max(0, width - long - width * 0.01 - 2)])
    y = random.choice([height * 0.01 + 1, height * 0.98 - size * 1.2])
    colour = random.choice(COLOURS)
    under = image.crop((int(x), int(y), int(min(width, x + long)), int(min(height, y + size * 1.2)))).convert("L")
    if np.asarray(under).mean() > 150:
        colour = (0, 0, 0)
    draw.text((x, y), words, font=font, fill=colour)
    return image


def rectangles(program, paths):
    given = "".join(f"{path}\n" for path in paths)
    out = subprocess.run([program], input=given, text=True, capture_output=True, check=True).stdout
    return [[tuple(map(int, one.split())) for one in line.split("\t")[1].split(";") if one] for line in out.splitlines()]


def main(pictures, program, scratch):
    random.seed(5)
    pictures, scratch = pathlib.Path(pictures), pathlib.Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    entries = [json.loads(line) for line in (pictures / "index.jsonl").open()]
    random.shuffle(entries)
    by_source = collections.defaultdict(list)
    for entry in entries:
        by_source[entry["source"]].append(pictures / entry["file"])
    chosen = [(source, path) for source, paths in by_source.items() for path in paths[:EACH]]
    plain, stamped = [], []
    for number, (_, path) in enumerate(chosen):
        image = Image.open(path).convert("RGB")
        for name, one, paths in [("plain", image, plain), ("stamped", stamp(image), stamped)]:
            paths.append(scratch / f"{name}-{number}.png")
            one.save(paths[-1])
    rows = collections.defaultdict(lambda: [0, 0, 0, 0])
    letters = left = 0
    areas = []
    found = zip(rectangles(program, plain), rectangles(program, stamped))
    for (source, _), before, after, (alarms, words) in zip(chosen, plain, stamped, found):
        old, new = (np.asarray(Image.open(path)).astype(int) for path in (before, after))
        written = abs(new - old).max(2) > 60
        cover = np.zeros(written.shape, bool)
        for x, y, width, height in words:
            cover[y : y + height, x : x + width] = True
        missed = int((written & ~cover).sum())
        hit = bool((written & cover).any())
        row = rows[source]
        row[0] += 1
        row[1] += bool(alarms)
        row[2] += hit
        row[3] += hit and missed == 0
        if hit:
            letters, left = letters + int(written.sum()), left + missed
            areas.append(cover.mean())
    print("source, pictures, something found in them as they are, words found, words covered whole")
    for source, row in sorted(rows.items()):
        print(source, *row)
    print("all", *(sum(row[at] for row in rows.values()) for at in range(4)))
    print(f"where words were found: {100 * left / letters:.2f} % of their pixels stay uncovered, {100 * np.mean(areas):.1f} % of a picture is covered")


main(*sys.argv[1:4])
