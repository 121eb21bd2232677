"""Jobs of the decode workers survive the pipe unchanged."""

from __future__ import annotations

import json

import pytest

from backend.drawing import BalloonMark
from backend.drawings.formats.format import Limits
from backend.drawings.workers.jobs import (
    BalloonJob,
    Encoding,
    IngestJob,
    Job,
    OcrJob,
    PyramidJob,
    RenderJob,
    SourceFile,
    TextJob,
    from_json,
    to_json,
)
from backend.geometry import Box

FILE = SourceFile("/blobs/ab", "pdf", Limits(pixels=10**9, pages=20, seconds=3.5))
REGION = Box(1, 2.5, 30, 40)

JOBS = [
    IngestJob(file=FILE, previews="/cache/ab", derived="/blobs/ab.pdf", seconds=9),
    RenderJob(file=FILE, page=2, canvas=(300, 200), region=REGION, size=(64, 64)),
    RenderJob(
        file=FILE,
        page=2,
        canvas=(300, 200),
        region=REGION,
        size=(64, 64),
        encoding=Encoding("png", "gray", 90.0, True),
    ),
    TextJob(file=FILE, page=1, canvas=(300, 200)),
    PyramidJob(file=FILE, page=1, target="/cache/ab/pyramid"),
    OcrJob(file=FILE, page=1, canvas=(300, 200), region=REGION, size=(64, 64)),
    BalloonJob(
        file=FILE,
        page=1,
        canvas=(300, 200),
        marks=(BalloonMark(1, 2, 3, "4"), BalloonMark(5, 6, 7, "8", (9.0, 10.0))),
        png=True,
        dpi=None,
    ),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.kind)
def test_a_job_survives_the_pipe(job: Job) -> None:
    assert from_json(json.loads(json.dumps(to_json(job)))) == job


def test_an_unknown_kind_or_field_is_refused() -> None:
    job = to_json(JOBS[3])
    with pytest.raises(KeyError):
        from_json({**job, "job": "delete"})
    with pytest.raises(TypeError, match="colour"):
        from_json({**job, "colour": "red"})
