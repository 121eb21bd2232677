"""The jobs of the decode workers, one dataclass per kind.

Server and workers share these types. On the pipe, a job is a JSON object with its kind under `job`.
Paths are the server's; regions and canvases are in canvas pixels, sizes in pixels of the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from backend.drawing import BalloonMark
from backend.drawings.formats.format import Limits, Size
from backend.geometry import Box


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to decode: the upload, its converted PDF, or the pyramid of one page."""

    path: str
    format: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a rendered region is encoded, see `images.encode`."""

    format: str
    quality: str
    rotation: float
    mirror: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job; `seconds` is its time limit, None for the pool's default."""

    kind: ClassVar[str]
    file: SourceFile
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestJob(Job):
    """Read the pages of an uploaded file. `previews` is the folder for previews of large pages,
    `derived` the output file for a format that is converted."""

    kind = "ingest"
    previews: str
    derived: str | None = None
    dwg_converter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob(Job):
    """Render a region at a size: raw RGB, or encoded."""

    kind = "render"
    page: int
    canvas: Size
    region: Box
    size: Size
    encoding: Encoding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextJob(Job):
    """Read the text stored in a page."""

    kind = "text"
    page: int
    canvas: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class PyramidJob(Job):
    """Build the tiled pyramid of a page, as the file `target`."""

    kind = "pyramid"
    page: int
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrJob(Job):
    """Recognise the text of a region, rendered at a size."""

    kind = "ocr"
    page: int
    canvas: Size
    region: Box
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class BalloonJob(Job):
    """Draw balloons on a page, as PDF or PNG. `dpi` is the canvas resolution of a scan."""

    kind = "balloons"
    page: int
    canvas: Size
    marks: tuple[BalloonMark, ...]
    png: bool
    dpi: float | None


_KINDS: dict[str, type[Job]] = {
    job.kind: job for job in (IngestJob, RenderJob, TextJob, PyramidJob, OcrJob, BalloonJob)
}


def to_json(job: Job) -> dict[str, Any]:
    """Encode the job for the pipe."""
    return {"job": job.kind, **asdict(job)}


def from_json(values: Mapping[str, Any]) -> Job:
    """Decode a job. Raises `KeyError` for an unknown kind, `TypeError` for a wrong field."""
    given = dict(values)
    kind = _KINDS[given.pop("job")]
    known = {field.name for field in fields(kind)}
    parts = {name: _PARTS[name](value) for name, value in given.items() if name in _PARTS}
    unknown = set(given) - known
    if unknown:
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    return kind(**given | parts)


def _source_file(values: Mapping[str, Any]) -> SourceFile:
    return SourceFile(values["path"], values["format"], Limits(**values["limits"]))


def _mark(values: Mapping[str, Any]) -> BalloonMark:
    target = values.get("target")
    return BalloonMark(**{**values, "target": None if target is None else tuple(target)})


#: Fields whose type JSON does not preserve.
_PARTS: dict[str, Any] = {
    "file": _source_file,
    "canvas": tuple,
    "size": tuple,
    "region": lambda values: Box(*values),
    "encoding": lambda values: values and Encoding(**values),
    "marks": lambda values: tuple(_mark(mark) for mark in values),
}
