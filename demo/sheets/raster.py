"""Renders a PDF page as PNG, clean or with scan artefacts."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter


def to_png(pdf: bytes, dpi: int = 300, noise_seed: int | None = None) -> bytes:
    """The first page as a grey PNG; with a seed, slightly blurred, grainy and dusty."""
    page = pypdfium2.PdfDocument(pdf)[0]
    size = [round(points * dpi / 72) for points in page.get_size()]
    drawn = page.render(scale=dpi / 72, grayscale=True).to_pil()  # sides may be rounded up
    image = drawn.crop((0, 0, size[0], size[1]))
    if noise_seed is not None:
        image = scanned(image, noise_seed)
    file = BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi), optimize=False)
    return file.getvalue()


def scanned(image: Image.Image, seed: int) -> Image.Image:
    """The sheet as from an office scanner; nothing moves by more than a pixel."""
    noise = np.random.default_rng(seed)
    soft = image.filter(ImageFilter.GaussianBlur(noise.uniform(0.4, 1.0)))
    grey = np.asarray(soft, np.float32)
    dark, light = noise.uniform(20, 50), noise.uniform(232, 250)
    grey = dark + grey * ((light - dark) / 255)
    grey += noise.standard_normal(grey.shape, np.float32) * noise.uniform(3, 7)
    for _ in range(int(noise.integers(20, 60))):
        y, x = noise.integers(0, grey.shape[0] - 4), noise.integers(0, grey.shape[1] - 4)
        grey[y : y + int(noise.integers(1, 4)), x : x + int(noise.integers(1, 4))] = dark
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
