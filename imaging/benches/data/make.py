#!/usr/bin/env python3
"""Writes the two frames that imaging/benches/imaging.rs decodes: a disc with texture and noise, 12 bits in 16, 256 x 256.

    pip install numpy imagecodecs
    python imaging/benches/data/make.py
"""

from pathlib import Path

import imagecodecs
import numpy as np

SIDE = 256
HERE = Path(__file__).parent

y, x = np.mgrid[:SIDE, :SIDE].astype(float) - SIDE / 2
disc = np.hypot(x, y) < SIDE * 0.4
frame = 200 + disc * (1500 + 300 * np.sin(x / 9) * np.cos(y / 13))
frame += np.random.default_rng(7).normal(0, 6, frame.shape)
frame = frame.clip(0, 4095).astype(np.uint16)

(HERE / "frame.j2k").write_bytes(
    imagecodecs.jpeg2k_encode(frame, codecformat="j2k", bitspersample=12, reversible=True)
)
(HERE / "frame.jls").write_bytes(imagecodecs.jpegls_encode(frame))
