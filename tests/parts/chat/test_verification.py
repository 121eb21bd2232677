"""The second look over HTTP: its item, its errors, a reload, a client that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chat_server import Served, serve

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path) as running:
        running.chat.sheets.add("scan", [])
        yield running


async def answered(served: Served) -> tuple[str, str]:
    """The conversation's address and that of looking at its answer."""
    served.chat.service.scripts = [["The bore is Ø38 H12."]]
    turn = await served.chat.ask(drawings=[{"id": "scan"}])
    await served.chat.frames(turn)
    conversation = f"/api/conversations/{turn.row.conversation_id}"
    return conversation, f"{conversation}/messages/{turn.row.answer_id}/look"


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_new_item_comes_back_and_survives_a_reload(served: Served) -> None:
    conversation, look = await answered(served)
    served.chat.service.scripts = [['{"values": ["Ø33 H12"]}']]
    item = (await served.http.post(look, json={"start": 12})).json()
    assert (item["text"], item["status"], item["read"]) == ("Ø38 H12", "disputed", "Ø33 H12")
    messages = (await served.http.get(conversation)).json()["messages"]
    assert messages[-1]["evidence"] == [item]


async def test_what_cannot_be_looked_at_has_a_typed_error(served: Served) -> None:
    _, look = await answered(served)
    stranger = await served.http.post(look, json={"start": 12}, headers={"x-owner": "stranger"})
    assert code(stranger) == (404, "not_found")
    assert code(await served.http.post(look, json={"start": 0})) == (404, "not_found")
    wrong: list[Any] = [{}, {"start": -1}, {"start": "x"}, {"start": 12, "more": 1}]
    for body in wrong:
        assert (await served.http.post(look, json=body)).status_code in (400, 422), body
    served.chat.service.set_state("failed", "no memory")
    assert code(await served.http.post(look, json={"start": 12})) == (503, "model_not_ready")


async def test_a_client_that_goes_frees_the_engine(served: Served) -> None:
    conversation, look = await answered(served)
    service = served.chat.service
    service.scripts = [[asyncio.Event()]]
    asking = asyncio.create_task(served.http.post(look, json={"start": 12}))
    await service.until(lambda now: now.requests_in_flight() == 1)
    asking.cancel()
    await asyncio.wait({asking})
    await service.until(lambda now: now.requests_in_flight() == 0)
    messages = (await served.http.get(conversation)).json()["messages"]
    assert messages[-1]["evidence"][0]["status"] == "by_eye"
