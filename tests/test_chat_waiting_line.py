"""The waiting line: places, bounds, fairness, and nobody holds a place after leaving."""

from __future__ import annotations

import asyncio

import pytest

from backend.chat.turns.request_queue import WaitingLine
from backend.errors import Busy, ModelNotReady

pytestmark = pytest.mark.anyio


class Guest:
    """Somebody who waits, comes in, and stays until told to go."""

    def __init__(self, line: WaitingLine, owner: str, entered: list[str], name: str) -> None:
        self.go = asyncio.Event()
        self.inside = asyncio.Event()
        self.task = asyncio.create_task(self._visit(line, owner, entered, name))

    async def _visit(self, line: WaitingLine, owner: str, entered: list[str], name: str) -> None:
        async with line.place(owner):
            entered.append(name)
            self.inside.set()
            await self.go.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_only_so_many_are_inside_and_the_next_follows() -> None:
    line, entered = WaitingLine(2, 10), list[str]()
    line.open()
    guests = [Guest(line, "a", entered, str(number)) for number in range(3)]
    await settle()
    assert entered == ["0", "1"]
    assert (len(line), line.position()) == (1, 1)
    guests[0].go.set()
    await guests[2].inside.wait()
    for guest in guests:
        guest.go.set()
        await guest.task
    assert line.position() == 0


async def test_owners_take_turns() -> None:
    line, entered = WaitingLine(1, 10), list[str]()
    guests = [Guest(line, "a", entered, f"a{number}") for number in range(3)]
    await settle()
    guests += [Guest(line, "b", entered, "b0")]
    await settle()
    line.open()
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))
    assert entered == ["a0", "b0", "a1", "a2"]


@pytest.mark.fault(23)
async def test_a_flood_is_busy_and_leaves_room_for_others() -> None:
    line, entered = WaitingLine(1, 4), list[str]()
    guests = [Guest(line, "a", entered, str(number)) for number in range(2)]
    await settle()
    with pytest.raises(Busy) as caught:
        line.check("a")
    assert caught.value.retry_after_s
    line.check("b")
    guests += [Guest(line, "b", entered, str(number)) for number in range(2)]
    await settle()
    with pytest.raises(Busy):
        line.check("c")
    for guest in guests:
        guest.task.cancel()
    await asyncio.gather(*(guest.task for guest in guests), return_exceptions=True)
    assert len(line) == 0


@pytest.mark.fault(23)
async def test_one_owner_never_has_all_places() -> None:
    line, entered = WaitingLine(8, 64), list[str]()
    line.open()
    guests = [Guest(line, "a", entered, f"a{number}") for number in range(9)]
    await settle()
    assert len(entered) == 7
    guests.append(Guest(line, "b", entered, "b0"))
    await settle()
    assert entered[-1] == "b0"
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))
    assert sorted(entered[7:]) == ["a7", "a8", "b0"]
    assert len(line) == 0 and line.position() == 0


async def test_who_is_cancelled_while_waiting_or_inside_gives_the_place_back() -> None:
    line, entered = WaitingLine(1, 10), list[str]()
    line.open()
    inside, waiting, last = (Guest(line, "a", entered, name) for name in "xyz")
    await inside.inside.wait()
    waiting.task.cancel()
    inside.task.cancel()
    await last.inside.wait()
    assert entered == ["x", "z"]
    last.go.set()
    await last.task


async def test_who_is_admitted_and_cancelled_at_once_gives_the_place_back() -> None:
    line, entered = WaitingLine(1, 10), list[str]()
    guest = Guest(line, "a", entered, "x")
    await settle()
    line.open()  # the place is given, the guest has not moved yet
    guest.task.cancel()
    await asyncio.gather(guest.task, return_exceptions=True)
    assert entered == []
    other = Guest(line, "a", entered, "y")
    await other.inside.wait()
    other.go.set()
    await other.task


async def test_a_failed_model_sends_everybody_away() -> None:
    line, entered = WaitingLine(1, 10), list[str]()
    guests = [Guest(line, owner, entered, owner) for owner in "ab"]
    await settle()
    line.refuse(ModelNotReady("No memory."))
    guests.append(Guest(line, "a", entered, "newcomer"))
    for guest in guests:
        with pytest.raises(ModelNotReady):
            await guest.task
    assert len(line) == 0
    line.open()
    line.shut()
    late = Guest(line, "a", entered, "late")
    await settle()
    assert entered == []
    line.open()
    late.go.set()
    await late.task
