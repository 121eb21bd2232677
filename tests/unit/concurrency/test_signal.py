"""Listener lists: order, removal, and listeners that fail."""

from __future__ import annotations

import logging

import pytest

from backend.concurrency.signal import Signal


def test_listeners_are_called_in_order_with_the_arguments() -> None:
    calls: list[tuple[str, str, int]] = []
    signal = Signal[str, int]()
    signal.subscribe(lambda text, number: calls.append(("first", text, number)))
    signal.subscribe(lambda text, number: calls.append(("second", text, number)))
    signal.emit("page", 3)
    assert calls == [("first", "page", 3), ("second", "page", 3)]


def test_unsubscribing_twice_removes_one_subscription_only() -> None:
    calls: list[str] = []
    signal = Signal[str]()
    unsubscribe = signal.subscribe(calls.append)
    signal.subscribe(calls.append)
    unsubscribe()
    unsubscribe()
    signal.emit("once")
    assert calls == ["once"]


def test_a_listener_that_another_one_removes_is_not_called() -> None:
    calls: list[str] = []
    signal = Signal[()]()
    signal.subscribe(lambda: unsubscribe())
    unsubscribe = signal.subscribe(lambda: calls.append("removed"))
    signal.emit()
    assert calls == []


def test_a_listener_may_subscribe_another_one_during_emit() -> None:
    calls: list[str] = []
    signal = Signal[()]()
    signal.subscribe(lambda: signal.subscribe(lambda: calls.append("added")))
    signal.emit()
    assert calls == []
    signal.emit()
    assert calls == ["added"]


def test_a_listener_that_fails_is_logged_and_the_others_are_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[str] = []
    signal = Signal[str]()

    def fail(_: str) -> None:
        raise RuntimeError("a bug")

    signal.subscribe(fail)
    signal.subscribe(calls.append)
    with caplog.at_level(logging.ERROR):
        signal.emit("still called")
    assert calls == ["still called"]
    assert "a bug" in caplog.text
