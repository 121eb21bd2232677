"""What the engine has read ahead: told at each change, forgotten when the cache may have been."""

from __future__ import annotations

import pytest

from backend.chat.prefill.prefix_readiness import MAX_SUBJECTS, Readiness, Subject

DRAWING = Subject("local", "drawing", "d")
OTHER = Subject("other", "drawing", "d")


class Engine:
    """A cache of 1,000 tokens and what went through."""

    def __init__(self) -> None:
        self.capacity = 1000
        self.read = 0
        self.readiness = Readiness(lambda: self.capacity, lambda: self.read)
        self.told: list[tuple[str, str]] = []
        self.unsubscribe = self.readiness.changed.subscribe(
            lambda subject, beginning: self.told.append((subject.owner, beginning.state))
        )


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_preparing_ready_and_gone_are_told_once(engine: Engine) -> None:
    known = engine.readiness
    for _ in range(2):
        known.preparing(DRAWING, "1")
    for _ in range(2):
        known.ready(DRAWING, "1", 200)
    assert known.get(DRAWING).state == "ready"
    for _ in range(2):
        known.none(DRAWING)
    assert engine.told == [("local", "preparing"), ("local", "ready"), ("local", "none")]
    engine.unsubscribe()
    known.preparing(DRAWING, "1")
    assert len(engine.told) == 3


def test_it_is_forgotten_when_half_the_cache_was_written_since(engine: Engine) -> None:
    engine.read = 200
    engine.readiness.ready(DRAWING, "1", 200)
    engine.read = 500
    assert engine.readiness.get(DRAWING).state == "ready"
    engine.read = 501
    assert engine.readiness.get(DRAWING).state == "none"
    assert engine.told[-1] == ("local", "none")


def test_what_was_read_again_stays(engine: Engine) -> None:
    for engine.read in range(0, 2000, 200):
        engine.readiness.ready(DRAWING, "1", 200)
    assert engine.readiness.of("local")[DRAWING].state == "ready"


def test_what_never_fits_is_never_ready(engine: Engine) -> None:
    engine.readiness.ready(DRAWING, "1", 501)
    assert engine.readiness.of("local") == {}
    engine.capacity = 0  # an engine that does not say
    engine.readiness.ready(DRAWING, "1", 1)
    assert engine.readiness.of("local") == {}


def test_a_new_engine_has_read_nothing_but_what_waits_still_waits(engine: Engine) -> None:
    waiting = Subject("local", "conversation", "c")
    engine.readiness.ready(DRAWING, "1", 10)
    engine.readiness.preparing(waiting, "a")
    engine.readiness.clear()
    assert [(one.id, how.state) for one, how in engine.readiness.of("local").items()] == [
        ("c", "preparing")
    ]


def test_owners_see_their_own_and_the_oldest_are_forgotten(engine: Engine) -> None:
    engine.readiness.ready(OTHER, "1", 1)
    for number in range(MAX_SUBJECTS):
        engine.readiness.preparing(Subject("local", "drawing", str(number)), "1")
    assert engine.readiness.of("other") == {}
    assert len(engine.readiness.of("local")) == MAX_SUBJECTS
