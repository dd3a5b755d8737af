"""Pictures of none of the model's kinds that are drawn: charts, pages of text, traces, patterns. `other.py` uses them."""

import random

import matplotlib

matplotlib.use("Agg")
import matplotlib.font_manager as fonts
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 256
WORDS = (
    "the a of and in to for with at from by is was are time year house light water river city work people report table "
    "price number order line total result method figure data patient image name date sign open close next page first last"
).split()


def _figure(draw, rng):
    """A matplotlib figure as a picture."""
    style = rng.choice(["default", "ggplot", "dark_background", "bmh", "grayscale", "fivethirtyeight"])
    with plt.style.context(style):
        size = rng.choice([(2.6, 2.6), (3.4, 2.4), (2.2, 2.8)])
        figure, axes = plt.subplots(figsize=size, dpi=96)
        draw(axes, np.random.default_rng(rng.randrange(1 << 30)))
        if rng.random() < 0.6:
            axes.set_title(" ".join(rng.sample(WORDS, 3)))
        if rng.random() < 0.5:
            axes.set_xlabel(rng.choice(WORDS))
            axes.set_ylabel(rng.choice(WORDS))
        figure.tight_layout()
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
        plt.close(figure)
    return Image.fromarray(pixels)


def line_chart(rng):
    def draw(axes, numbers):
        for _ in range(rng.randint(1, 5)):
            axes.plot(numbers.normal(size=rng.randint(5, 200)).cumsum(), lw=rng.uniform(0.6, 2))

    return _figure(draw, rng)


def bar_chart(rng):
    def draw(axes, numbers):
        count = rng.randint(3, 12)
        bars = axes.barh if rng.random() < 0.3 else axes.bar
        bars(range(count), numbers.uniform(1, 9, count), color=rng.choice([None, "tab:red", "0.4", "teal"]))

    return _figure(draw, rng)


def scatter_chart(rng):
    def draw(axes, numbers):
        for _ in range(rng.randint(1, 4)):
            points = numbers.normal(numbers.uniform(-3, 3, 2), 1, (rng.randint(10, 200), 2))
            axes.scatter(points[:, 0], points[:, 1], s=rng.uniform(2, 30), alpha=0.7)

    return _figure(draw, rng)


def pie_chart(rng):
    def draw(axes, numbers):
        count = rng.randint(2, 8)
        axes.pie(numbers.uniform(1, 5, count), labels=rng.sample(WORDS, count) if rng.random() < 0.5 else None)

    return _figure(draw, rng)


def heat_map(rng):
    def draw(axes, numbers):
        size = rng.choice([4, 8, 12, 30])
        values = numbers.normal(size=(size, size)).cumsum(0).cumsum(1)
        axes.imshow(values, cmap=rng.choice(["viridis", "gray", "hot", "coolwarm", "magma"]))

    return _figure(draw, rng)


def contour_plot(rng):
    def draw(axes, numbers):
        x, y = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-3, 3, 60))
        a, b, c = numbers.uniform(0.5, 2.5, 3)
        plot = axes.contourf if rng.random() < 0.5 else axes.contour
        plot(x, y, np.sin(a * x) + np.cos(b * y) * np.exp(-c * x * x / 5), cmap=rng.choice(["viridis", "gray", "jet"]))

    return _figure(draw, rng)


def _font(rng, size):
    family = rng.choice(["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"])
    return ImageFont.truetype(fonts.findfont(family), size)


def _words(rng, count):
    return " ".join(rng.choice(WORDS) for _ in range(count))


def text_page(rng):
    """Lines of words, dark on light or the other way round, slightly slanted as scans are."""
    light = rng.randint(215, 255)
    paper, ink = ((light,) * 3, (rng.randint(0, 60),) * 3)
    if rng.random() < 0.2:
        paper, ink = ink, paper
    width, height = rng.choice([(256, 256), (200, 256), (256, 180)])
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    font, y = _font(rng, rng.randint(7, 18)), rng.randint(4, 30)
    while y < height - 10:
        if rng.random() < 0.1:
            y += font.size
        draw.text((rng.randint(6, 14), y), _words(rng, rng.randint(2, 12)), fill=ink, font=font)
        y += int(font.size * 1.4)
    return image.rotate(rng.uniform(-2, 2), fillcolor=paper) if rng.random() < 0.4 else image


def form_page(rng):
    """A table or form with rules and boxes."""
    image = Image.new("RGB", (SIDE, SIDE), (rng.randint(230, 255),) * 3)
    draw = ImageDraw.Draw(image)
    font, rows, columns = _font(rng, rng.randint(7, 11)), rng.randint(4, 14), rng.randint(2, 6)
    for row in range(rows):
        for column in range(columns):
            x0, y0 = 8 + column * 240 // columns, 8 + row * 240 // rows
            draw.rectangle([x0, y0, x0 + 240 // columns, y0 + 240 // rows], outline=(90, 90, 90))
            draw.text((x0 + 3, y0 + 2), rng.choice([_words(rng, 1), str(rng.randint(0, 9999))]), fill=(20, 20, 40), font=font)
    return image


def interface(rng):
    """Windows, buttons and lists, as screens show them."""
    dark = rng.random() < 0.4
    base = (rng.randint(20, 50),) * 3 if dark else (rng.randint(225, 250),) * 3
    image = Image.new("RGB", (SIDE, rng.choice([SIDE, 160])), base)
    draw = ImageDraw.Draw(image)
    ink = (230, 230, 230) if dark else (30, 30, 30)
    for _ in range(rng.randint(5, 14)):
        x, y, w, h = rng.randint(0, 220), rng.randint(0, 230), rng.randint(20, 120), rng.randint(10, 50)
        colour = tuple(rng.randint(40, 240) for _ in range(3)) if rng.random() < 0.4 else base
        draw.rounded_rectangle([x, y, x + w, y + h], rng.randint(0, 8), fill=colour, outline=(120, 120, 120))
        draw.text((x + 4, y + 2), _words(rng, 2), fill=ink, font=_font(rng, rng.randint(7, 12)))
    return image


def _beat(t):
    """One beat of an ECG: P, QRS, T as bell curves at their usual times."""
    waves = [(0.12, 0.025, 0.15), (0.26, 0.01, -0.12), (0.28, 0.012, 1.0), (0.31, 0.012, -0.25), (0.48, 0.045, 0.3)]
    return sum(size * np.exp(-((t - at) ** 2) / (2 * width**2)) for at, width, size in waves)


def ecg(rng):
    """Traces on squared paper, or bright on a dark monitor."""
    monitor = rng.random() < 0.3
    width, height = rng.choice([(256, 256), (256, 160)])
    image = Image.new("RGB", (width, height), (5, 10, 10) if monitor else (255, 245, 240))
    draw = ImageDraw.Draw(image)
    if not monitor:
        step = rng.choice([5, 6, 8])
        for at in range(0, 256, step):
            colour = (240, 150, 150) if at % (5 * step) == 0 else (250, 215, 215)
            draw.line([at, 0, at, height], fill=colour)
            draw.line([0, at, width, at], fill=colour)
    rows = rng.randint(1, 6)
    for row in range(rows):
        beats, size = rng.uniform(2, 7), height / rows * rng.uniform(0.3, 0.7)
        t = np.linspace(0, beats, width) % 1.0
        values = _beat(t) * rng.choice([1, 1, -0.6]) + np.random.default_rng(rng.randrange(1 << 30)).normal(0, 0.02, width)
        middle = (row + 0.7) * height / rows
        ink = rng.choice([(60, 255, 90), (255, 230, 80), (90, 200, 255)]) if monitor else (20, 20, 30)
        draw.line([(x, middle - value * size) for x, value in enumerate(values)], fill=ink, width=rng.choice([1, 1, 2]))
    return image


def noise(rng):
    numbers = np.random.default_rng(rng.randrange(1 << 30))
    cell = rng.choice([1, 1, 2, 4, 16])
    channels = rng.choice([1, 3])
    small = numbers.normal(128, rng.uniform(10, 70), (SIDE // cell, SIDE // cell, channels))
    pixels = np.repeat(np.repeat(np.broadcast_to(small, small.shape[:2] + (3,)), cell, 0), cell, 1)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def clouds(rng):
    """Noise whose power falls with frequency."""
    numbers = np.random.default_rng(rng.randrange(1 << 30))
    fx, fy = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE))
    power = 1 / np.maximum(np.hypot(fx, fy), 1 / SIDE) ** rng.uniform(0.8, 2)
    layers = [np.fft.ifft2(np.fft.fft2(numbers.normal(size=(SIDE, SIDE))) * power).real for _ in range(rng.choice([1, 3]))]
    layers = [(layer - layer.min()) / np.ptp(layer) * 255 for layer in layers]
    return Image.fromarray(np.stack((layers * 3)[:3], -1).astype(np.uint8))


def gradient(rng):
    x, y = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE))
    kind = rng.randrange(3)
    part = [x, rng.uniform(0.2, 0.8) * x + 0.2 * y, np.clip(np.hypot(x - 0.5, y - 0.5) * 1.4, 0, 1)][kind][..., None]
    first, last = (np.array([rng.randint(0, 255) for _ in range(3)]) for _ in range(2))
    if rng.random() < 0.3:
        first, last = (np.full(3, rng.randint(0, 255)) for _ in range(2))
    return Image.fromarray((first * (1 - part) + last * part).astype(np.uint8))


def shapes(rng):
    grey = rng.random() < 0.4

    def colour():
        return (rng.randint(0, 255),) * 3 if grey else tuple(rng.randint(0, 255) for _ in range(3))

    image = Image.new("RGB", (SIDE, SIDE), colour())
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(1, 20)):
        x, y = rng.randint(-20, 240), rng.randint(-20, 240)
        box = [x, y, x + rng.randint(5, 140), y + rng.randint(5, 140)]
        rng.choice([draw.ellipse, draw.rectangle])(box, fill=colour())
    return image


def checkers(rng):
    size = rng.choice([4, 8, 16, 32, 64])
    at = np.arange(SIDE) // size
    board = (at[:, None] + at[None, :]) % 2 if rng.random() < 0.6 else np.broadcast_to(at % 2, (SIDE, SIDE))
    first, last = (np.array([rng.randint(0, 255) for _ in range(3)]) for _ in range(2))
    return Image.fromarray(np.where(board[..., None] == 0, first, last).astype(np.uint8))


# How many of each are drawn for training, and how many for the board. Some kinds are on the board only.
DRAWN = {
    line_chart: (45, 10),
    bar_chart: (45, 10),
    scatter_chart: (35, 0),
    heat_map: (25, 0),
    pie_chart: (0, 15),
    contour_plot: (0, 15),
    text_page: (80, 15),
    form_page: (40, 0),
    interface: (0, 20),
    ecg: (60, 15),
    noise: (45, 5),
    clouds: (40, 0),
    gradient: (30, 5),
    shapes: (40, 10),
    checkers: (15, 0),
}


def drawn():
    """Name, split and picture of each."""
    for make, counts in DRAWN.items():
        for split, count in zip(("train", "board"), counts):
            for number in range(count):
                name = f"{make.__name__}-{split}-{number}"
                yield name, split, make(random.Random(name))
