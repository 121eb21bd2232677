"""The restart policy: pauses and limits."""

from __future__ import annotations

from backend.model.vllm.restart_policy import LONGEST_PAUSE_S, WINDOW_S, RestartPolicy


def test_the_first_restart_is_immediate_and_pauses_grow() -> None:
    policy = RestartPolicy(limit=5)
    assert [policy.pause_before_next(float(now)) for now in range(5)] == [0.0, 1.0, 2.0, 4.0, 8.0]


def test_it_gives_up_past_the_limit() -> None:
    policy = RestartPolicy(limit=2)
    assert policy.pause_before_next(0.0) is not None
    assert policy.pause_before_next(1.0) is not None
    assert policy.pause_before_next(2.0) is None


def test_old_deaths_do_not_count() -> None:
    policy = RestartPolicy(limit=1)
    assert policy.pause_before_next(0.0) == 0.0
    assert policy.pause_before_next(WINDOW_S) == 0.0
    assert policy.pause_before_next(WINDOW_S + 1) is None


def test_a_limit_of_zero_means_never() -> None:
    assert RestartPolicy(limit=0).pause_before_next(0.0) is None


def test_pauses_are_limited() -> None:
    policy = RestartPolicy(limit=50)
    assert [policy.pause_before_next(0.0) for _ in range(20)][-1] == LONGEST_PAUSE_S
