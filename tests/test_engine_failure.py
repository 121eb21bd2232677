"""An engine's last words, and what the person is told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from backend.engine.failure import explain, note_errors, take_notes


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "not enough memory"),
        ("ValueError: Free memory on device (3/80 GiB) is less than desired", "not enough memory"),
        ("OSError: no/such is not a local folder and is not a valid model identifier", "neither"),
        ("ValueError: Unrecognized model in here. Should have a `model_type` key", "not a check"),
        ("RuntimeError: something new", "could not load"),
    ],
)
def test_each_reason_has_its_words(reason: str, told: str) -> None:
    message = explain("Qwen/X", ["RuntimeError: Engine core initialization failed.", reason])
    assert told in message
    assert "Qwen/X" in message


def test_the_message_repeats_nothing_of_the_machine() -> None:
    message = explain("m", ["FileNotFoundError: /home/me/secret/model.safetensors"])
    assert "/home" not in message


def test_notes_are_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("vllm")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "propagate", False)
    note_errors(tmp_path / "7.error")
    logger.error("no exception, so no reason")
    try:
        raise MemoryError("first")
    except MemoryError:
        logger.exception("failed")
    try:
        raise ValueError("second")
    except ValueError:
        logger.exception("and so this failed too")
    assert take_notes(tmp_path) == ["MemoryError: first"]
    assert take_notes(tmp_path) == []


def test_without_notes_there_are_none(tmp_path: Path) -> None:
    assert take_notes(tmp_path / "never-made") == []
