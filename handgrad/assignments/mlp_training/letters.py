"""Images of the 26 capital letters, drawn from the fonts that come with matplotlib.

The fonts are DejaVu (free, under the Bitstream Vera licence; its own changes are in the public
domain) and STIX (free, under the STIX Font licence). Their licence texts lie beside them, in
matplotlib's folder ``mpl-data/fonts/ttf``. Nothing is downloaded, and nothing is written to disk:
a few thousand images take about a second, and the same seed gives the same images.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = 16
"""Height and width of an image in pixels."""

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
)
"""The fonts that images are drawn in unless others are asked for."""

UNSEEN = ("STIXGeneral.ttf", "STIXGeneralBol.ttf")
"""Fonts of another family, kept for a question: does a network read a font that it never saw?"""

CANVAS = 64
"""Height and width of the drawing that an image is sampled from."""


@cache
def _face(font: str) -> Any:
    """Return a font, large; what its hints ask for is worked out once for all of its letters."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    face = FT2Font(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / font))
    face.set_size(40, 72)
    return face


@cache
def _drawing(font: str, letter: str) -> Array:
    """Return a letter drawn large, centred by its ink, in [0, 1], shape (CANVAS, CANVAS)."""
    face = _face(font)
    face.set_text(letter, 0.0)
    face.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(face.get_image(), dtype=np.float64) / 255
    ink = ink[np.ix_(ink.any(axis=1), ink.any(axis=0))]
    drawing = np.zeros((CANVAS, CANVAS))
    top, left = (CANVAS - ink.shape[0]) // 2, (CANVAS - ink.shape[1]) // 2
    drawing[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    # one pixel of an image covers about three of the drawing: blur by as much, or thin strokes would get lost
    for axis in (0, 1):
        drawing = (np.roll(drawing, 1, axis) + drawing + np.roll(drawing, -1, axis)) / 3
    return drawing


def draw(seed: int, each: int, fonts: tuple[str, ...] = FONTS) -> tuple[Array, Array]:
    """Return images (26 · each, SIZE, SIZE), whole numbers 0 to 255, and labels (26 · each,), 0 for A to 25 for Z.

    Each image is drawn in a font chosen at random, turned by up to 8 degrees, made up to 10 %
    larger or smaller, shifted by up to 1 pixel in each direction, and covered with noise.

    Parameters
    ----------
    seed
        The same seed gives the same images; different seeds give different ones.
    each
        The number of images of each letter.
    fonts
        File names of fonts in matplotlib's folder.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(LETTERS)), each))
    count = len(labels)
    which = rng.integers(0, len(fonts), size=count)
    drawings = np.stack([_drawing(fonts[f], LETTERS[k]) for f, k in zip(which, labels, strict=True)])
    angle = np.deg2rad(rng.uniform(-8, 8, size=count))
    scale = rng.uniform(0.9, 1.1, size=count) * SIZE / CANVAS * 1.35
    shift = rng.uniform(-1, 1, size=(2, count, 1, 1))
    middle = (SIZE - 1) / 2
    down, across = np.meshgrid(np.arange(SIZE) - middle, np.arange(SIZE) - middle, indexing="ij")
    down, across = down - shift[0], across - shift[1]
    cosine, sine = (f(angle)[:, None, None] / scale[:, None, None] for f in (np.cos, np.sin))
    centre = (CANVAS - 1) / 2
    images = _sample(drawings, cosine * down - sine * across + centre, sine * down + cosine * across + centre)
    images = 0.9 * images + rng.normal(scale=0.12, size=images.shape)
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8), labels


def _sample(drawings: Array, row: Array, column: Array) -> Array:
    """Return the values of drawings (n, CANVAS, CANVAS) at places between pixels (n, h, w), 0 outside."""
    inside = (row >= 0) & (row <= CANVAS - 1.001) & (column >= 0) & (column <= CANVAS - 1.001)
    row, column = np.where(inside, row, 0), np.where(inside, column, 0)
    r, c = row.astype(int), column.astype(int)
    a, b = row - r, column - c
    # places in the flat array, which are found faster than by three indices
    pixels = drawings.ravel()
    at = (np.arange(len(drawings))[:, None, None] * CANVAS + r) * CANVAS + c
    upper = (1 - b) * pixels[at] + b * pixels[at + 1]
    lower = (1 - b) * pixels[at + CANVAS] + b * pixels[at + CANVAS + 1]
    sampled: Array = np.where(inside, (1 - a) * upper + a * lower, 0)
    return sampled


def rows(images: Array) -> Any:
    """Return images as rows for a network: a tensor (n, SIZE²), float32 in [0, 1]."""
    import torch

    return torch.from_numpy(images).flatten(1) / 255
