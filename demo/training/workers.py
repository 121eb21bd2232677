"""Makes batches in separate processes, in a fixed order for a seed."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from demo.training.batches import Batch, collate, seed_of
from demo.training.lesson import Lesson
from demo.training.text import Tokens

Mix = tuple[tuple[str, int], ...]


def make_batch(kind: str, size: int, seed: int, index: int, tokens: Tokens | None) -> Batch:
    """Make batch `index` of a kind."""
    from demo.training.kinds import LESSONS

    rng = seed_of(seed, kind, index)
    make: Callable[[Any], Lesson] = LESSONS[kind]
    lessons = [make(rng) for _ in range(size)]
    plain = all(not lesson.turns for lesson in lessons)
    return collate(kind, lessons, None if plain else tokens)


def _work(
    batches: multiprocessing.Queue[Batch], mix: Mix, seed: int, first: int, step: int
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    tokens, index = Tokens(), first
    while True:
        kind, size = mix[index % len(mix)]
        batch = make_batch(kind, size, seed, index, tokens)
        while True:
            if os.getppid() != parent:  # the trainer was killed: nobody will take this batch
                os._exit(0)
            try:
                batches.put(batch, timeout=5)
                break
            except queue.Full:
                continue
        index += step


@contextmanager
def stream(mix: Mix, seed: int, start: int, workers: int) -> Iterator[Iterator[Batch]]:
    """Batches from number `start` on, endlessly and in order; stops the processes on exit."""
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(maxsize=4) for _ in range(workers)]
    processes = [
        context.Process(target=_work, args=(q, mix, seed, start + place, workers), daemon=True)
        for place, q in enumerate(queues)
    ]
    for process in processes:
        process.start()

    def take() -> Iterator[Batch]:
        turn = 0
        while True:
            try:
                yield queues[turn].get(timeout=60)
            except queue.Empty:
                if not processes[turn].is_alive():
                    raise RuntimeError("a worker that makes lessons has died") from None
                continue
            turn = (turn + 1) % workers

    try:
        yield take()
    finally:
        for process in processes:
            process.terminate()
