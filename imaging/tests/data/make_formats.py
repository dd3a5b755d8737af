"""Writes formats/NAME.EXT and the RGB bytes that Pillow 11.2.1 gets from each, formats/NAME.rgb.

Run once: `pip install pillow==11.2.1 numpy && python make_formats.py`. The pictures are 17 x 14 pixels.
"""
import pathlib

import numpy as np
import PIL
from PIL import Image

assert PIL.__version__ == "11.2.1", PIL.__version__
OUT = pathlib.Path(__file__).parent / "formats"
OUT.mkdir(exist_ok=True)
H, W = 14, 17
y, x = np.mgrid[0:H, 0:W]
ramp = ((x * 15 + y * 3) % 256).astype(np.uint8)
rgb = np.stack([ramp, 255 - ramp, (x * y) % 256], -1).astype(np.uint8)
alpha = ((x * 16 + y * 5) % 256).astype(np.uint8)
rgba = np.concatenate([rgb, alpha[..., None]], -1)
cmyk = np.stack([ramp, (x * 7) % 256, (y * 18) % 256, (x * y) % 200], -1).astype(np.uint8)


def to_rgb(image):
    """Transparency over white, everything else by plain conversion."""
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.split()[3])
        return white
    return image.convert("RGB")


def save(name, image, **options):
    path = OUT / name
    image.save(path, **options)
    (OUT / (name.split(".")[0] + ".rgb")).write_bytes(to_rgb(Image.open(path)).tobytes())


plain = Image.fromarray(rgb)
palette = plain.quantize(23)
save("rgb.png", plain)
save("rgba.png", Image.fromarray(rgba))
save("gray.png", Image.fromarray(ramp))
save("gray_alpha.png", Image.merge("LA", [Image.fromarray(ramp), Image.fromarray(alpha)]))
save("bilevel.png", Image.fromarray((ramp > 99).astype(np.uint8) * 255).convert("1"))
save("palette.png", palette)
save("palette_clear.png", palette, transparency=bytes([0, 40, 128, 255, 200]))
save("rgb_clear.png", plain, transparency=tuple(int(v) for v in rgb[3, 4]))
save("gray_clear.png", Image.fromarray(ramp), transparency=int(ramp[2, 2]))
save("rgb.bmp", plain)
save("indexed.bmp", palette)
save("lossless.webp", Image.fromarray(rgba), lossless=True, exact=True)
save("lzw.tiff", plain, compression="tiff_lzw")
save("cmyk.tiff", Image.fromarray(cmyk, mode="CMYK"))
save("color.jpg", plain.resize((34, 28)).resize((W, H)), quality=95, subsampling=0)
save("inks.jpg", Image.fromarray(cmyk, mode="CMYK").resize((W, H)), quality=97)
save("progressive.jpg", Image.fromarray(ramp), quality=95, progressive=True)
# No expected bytes: Pillow cuts 16-bit grey off at 255, and this project spreads it.
Image.fromarray((300 + x * 40 + y * 3).astype(np.uint16)).save(OUT / "gray16.png")
Image.fromarray((300 + x * 40 + y * 3).astype(np.uint16)).save(OUT / "gray16.tiff")
