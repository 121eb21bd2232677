"""Log lines: their forms, the turn they are about, and what they never hold."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from backend import logs
from backend.errors import StorageFull

pytestmark = pytest.mark.anyio
SECRET = "Ø38 H12 of the secret flange"
logger = logging.getLogger("backend.somewhere")


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    """The root's handlers as pytest has them, afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def failing(error: Exception) -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise error from cause
    except Exception:
        logger.exception("It failed")


def test_json_lines_are_objects_on_one_line_each() -> None:
    stream = io.StringIO()
    logs.configure("json", stream)
    logger.info("With %d words\nin two lines", 5)
    logger.debug("not shown")
    (line,) = lines(stream)
    assert line["message"] == "With 5 words\nin two lines"
    assert (line["level"], line["logger"]) == ("info", "backend.somewhere")
    assert line["time"].endswith("Z") and "turn_id" not in line


@pytest.mark.parametrize("form", ["json", "plain"])
def test_an_unexpected_exception_is_told_without_its_words(form: Any) -> None:
    stream = io.StringIO()
    logs.configure(form, stream)
    failing(KeyError(SECRET))
    text = stream.getvalue()
    assert SECRET not in text and "flange" not in text
    for told in ("KeyError", "ValueError", "caused by", "test_logs.py:", "in failing"):
        assert told in text


@pytest.mark.parametrize("form", ["json", "plain"])
def test_an_expected_error_and_the_systems_are_told_in_words(form: Any) -> None:
    stream = io.StringIO()
    logs.configure(form, stream)
    failing(StorageFull("The disk is full."))
    failing(OSError(28, "No space left on device"))
    assert "StorageFull: The disk is full." in stream.getvalue()
    assert "No space left on device" in stream.getvalue()


async def test_a_line_from_a_turns_task_names_the_turn() -> None:
    stream = io.StringIO()
    logs.configure("json", stream)

    async def work() -> None:
        logger.warning("within")

    for name in ("turn", "watch"):
        await asyncio.create_task(work(), name=f"{name}-{'ab' * 16}")
    await asyncio.create_task(work(), name="prefill-x")
    logger.warning("told", extra={"turn_id": "cd" * 16})
    named = [line.get("turn_id") for line in lines(stream)]
    assert named == ["ab" * 16, "ab" * 16, None, "cd" * 16]


@pytest.mark.parametrize("client", ["httpx", "httpx2"])
def test_the_calls_to_a_model_server_are_no_lines(client: str) -> None:
    stream = io.StringIO()
    logs.configure("plain", stream)
    logging.getLogger(client).info("HTTP Request: POST http://gpu-box:8001/v1")
    assert stream.getvalue() == ""
