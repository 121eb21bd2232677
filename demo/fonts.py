"""Finds the freely licensed fonts bundled with Python packages (extra `demo`).

No system font is used, so that a seed gives the same sheet on every machine. Bitstream Vera comes
with reportlab, Roboto (Apache-2.0) and Source Sans (OFL-1.1) in packages of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from PIL import ImageFont


@dataclass(frozen=True, slots=True)
class Face:
    """A font file. `cap` is the cap height as a share of the font size."""

    name: str
    package: str
    file: str
    cap: float

    @property
    def path(self) -> Path:
        return Path(str(files(self.package).joinpath(self.file)))


FACES: tuple[Face, ...] = (
    Face("Vera", "reportlab", "fonts/Vera.ttf", 0.729),
    Face("Roboto", "font_roboto", "files/Roboto-Regular.ttf", 0.711),
    Face("Roboto Light", "font_roboto", "files/Roboto-Light.ttf", 0.711),
    Face("Source Sans", "font_source_sans_pro", "files/SourceSansPro-Regular.ttf", 0.660),
    Face("Source Sans Semibold", "font_source_sans_pro", "files/SourceSansPro-Semibold.ttf", 0.660),
)


def face(name: str) -> Face:
    """The face with this name. Raises `KeyError`."""
    for candidate in FACES:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


@cache
def pillow_font(name: str, size: float) -> ImageFont.FreeTypeFont:
    """The face at `size` pixels per em."""
    return ImageFont.truetype(str(face(name).path), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _advances(name: str) -> dict[str, float]:
    return {}


def advance(name: str, character: str) -> float:
    """Width of one character as a share of the font size (no kerning)."""
    known = _advances(name)
    width = known.get(character)
    if width is None:
        width = known[character] = pillow_font(name, 1000).getlength(character) / 1000
    return width


def text_width(name: str, cap_height: float, text: str) -> float:
    """Width of a line of text whose capitals are `cap_height` tall, in the same unit."""
    return sum(advance(name, c) for c in text) * cap_height / face(name).cap
