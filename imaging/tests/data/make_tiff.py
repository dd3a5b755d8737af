"""Writes tiff/: JPEG inside of TIFF whose samples are red, green and blue, or inks, as they are stored (tifffile, Pillow)."""

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

folder = Path(__file__).parent / "tiff"
y, x = np.mgrid[0:24, 0:40]
rgb = np.stack([x * 6, 255 - y * 10, (x + y) * 3], -1).astype("u1")
inks = np.concatenate([rgb, (x * 2 + y)[..., None].astype("u1")], -1)
jpeg = {"level": 95, "outcolorspace": "rgb"}
tifffile.imwrite(
    folder / "jpeg-rgb.tif", rgb, photometric="rgb", compression="jpeg", compressionargs=jpeg, rowsperstrip=16, metadata=None
)
Image.fromarray(inks, "CMYK").save(folder / "jpeg-cmyk.tif", compression="jpeg", quality=95)
