"""The request queue: places, bounds, fairness, and nobody holds a place after leaving."""

from __future__ import annotations

import asyncio

import pytest

from backend.chat.turns.request_queue import RequestQueue
from backend.errors import Busy, ModelNotReady

pytestmark = pytest.mark.anyio


class Guest:
    """Somebody who waits, comes in, and stays until told to go."""

    def __init__(self, queue: RequestQueue, owner: str, entered: list[str], name: str) -> None:
        self.go = asyncio.Event()
        self.inside = asyncio.Event()
        self.task = asyncio.create_task(self._visit(queue, owner, entered, name))

    async def _visit(self, queue: RequestQueue, owner: str, entered: list[str], name: str) -> None:
        async with queue.slot(owner):
            entered.append(name)
            self.inside.set()
            await self.go.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_only_so_many_are_inside_and_the_next_follows() -> None:
    queue, entered = RequestQueue(2, 10), list[str]()
    queue.open()
    guests = [Guest(queue, "a", entered, str(number)) for number in range(3)]
    await settle()
    assert entered == ["0", "1"]
    assert (len(queue), queue.position()) == (1, 1)
    guests[0].go.set()
    await guests[2].inside.wait()
    for guest in guests:
        guest.go.set()
        await guest.task
    assert queue.position() == 0


async def test_owners_take_turns() -> None:
    queue, entered = RequestQueue(1, 10), list[str]()
    guests = [Guest(queue, "a", entered, f"a{number}") for number in range(3)]
    await settle()
    guests += [Guest(queue, "b", entered, "b0")]
    await settle()
    queue.open()
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))
    assert entered == ["a0", "b0", "a1", "a2"]


@pytest.mark.fault(23)
async def test_a_flood_is_busy_and_leaves_room_for_others() -> None:
    queue, entered = RequestQueue(1, 4), list[str]()
    guests = [Guest(queue, "a", entered, str(number)) for number in range(2)]
    await settle()
    with pytest.raises(Busy) as caught:
        queue.check("a")
    assert caught.value.retry_after_s
    queue.check("b")
    guests += [Guest(queue, "b", entered, str(number)) for number in range(2)]
    await settle()
    with pytest.raises(Busy):
        queue.check("c")
    for guest in guests:
        guest.task.cancel()
    await asyncio.gather(*(guest.task for guest in guests), return_exceptions=True)
    assert len(queue) == 0


@pytest.mark.fault(23)
async def test_one_owner_never_has_all_places() -> None:
    queue, entered = RequestQueue(8, 64), list[str]()
    queue.open()
    guests = [Guest(queue, "a", entered, f"a{number}") for number in range(9)]
    await settle()
    assert len(entered) == 7
    guests.append(Guest(queue, "b", entered, "b0"))
    await settle()
    assert entered[-1] == "b0"
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))
    assert sorted(entered[7:]) == ["a7", "a8", "b0"]
    assert len(queue) == 0 and queue.position() == 0


async def test_who_is_cancelled_while_waiting_or_inside_gives_the_place_back() -> None:
    queue, entered = RequestQueue(1, 10), list[str]()
    queue.open()
    inside, waiting, last = (Guest(queue, "a", entered, name) for name in "xyz")
    await inside.inside.wait()
    waiting.task.cancel()
    inside.task.cancel()
    await last.inside.wait()
    assert entered == ["x", "z"]
    last.go.set()
    await last.task


async def test_who_is_admitted_and_cancelled_at_once_gives_the_place_back() -> None:
    queue, entered = RequestQueue(1, 10), list[str]()
    guest = Guest(queue, "a", entered, "x")
    await settle()
    queue.open()  # the place is given, the guest has not moved yet
    guest.task.cancel()
    await asyncio.gather(guest.task, return_exceptions=True)
    assert entered == []
    other = Guest(queue, "a", entered, "y")
    await other.inside.wait()
    other.go.set()
    await other.task


async def test_a_failed_model_sends_everybody_away() -> None:
    queue, entered = RequestQueue(1, 10), list[str]()
    guests = [Guest(queue, owner, entered, owner) for owner in "ab"]
    await settle()
    queue.refuse(ModelNotReady("No memory."))
    guests.append(Guest(queue, "a", entered, "newcomer"))
    for guest in guests:
        with pytest.raises(ModelNotReady):
            await guest.task
    assert len(queue) == 0
    queue.open()
    queue.pause()
    late = Guest(queue, "a", entered, "late")
    await settle()
    assert entered == []
    queue.open()
    late.go.set()
    await late.task
