"""A second look at a value: what the model is asked, what becomes of the value, what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.chat.protocol.server_frames import EvidenceItem
from backend.chat.turns.turn import Turn
from backend.chat.verification import MOST_AT_ONCE, Verifier
from backend.chat.verification_prompt import readings_in
from backend.drawing import TextItem
from backend.errors import (
    Busy,
    Conflict,
    EngineError,
    EngineRestarting,
    ModelNotReady,
    NotFound,
)
from backend.geometry import Box
from tests.chat_parts import Chat, open_chat
from tests.fakes import image, texts_of

pytestmark = pytest.mark.anyio

ANSWER = "The bore is Ø38 H12 and the web measures 17.3 mm."


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path) as opened:
        opened.sheets.add("scan", [])
        yield opened


@pytest.fixture
def looks(chat: Chat) -> Verifier:
    return Verifier(chat.database, chat.sheets, chat.service, chat.turns.slot)


async def answered(chat: Chat, answer: str = ANSWER, **more: Any) -> Turn:
    chat.service.scripts = [[answer]]
    turn = await chat.ask(**({"drawings": [{"id": "scan", "page": 1}]} | more))
    await chat.frames(turn)
    return turn


async def look(looks: Verifier, turn: Turn, words: str, owner: str = "local") -> EvidenceItem:
    start = ANSWER.index(words)
    return await looks.verify(owner, turn.row.conversation_id, turn.row.answer_id, start)


async def stored(chat: Chat, turn: Turn, text: str) -> dict[str, Any]:
    items = (await chat.stored(turn)).evidence
    return next(item for item in items if item["text"] == text)


async def test_a_value_read_by_eye_is_confirmed_and_stored(chat: Chat, looks: Verifier) -> None:
    turn = await answered(chat)
    assert (await stored(chat, turn, "Ø38 H12"))["status"] == "by_eye"
    chat.service.scripts = [['{"values": ["R5", ', '"⌀38H12"]}']]
    item = await look(looks, turn, "Ø38")
    assert (item.status, item.read, item.drawing, item.page) == ("confirmed", "⌀38H12", "scan", 1)
    assert item.box == (0, 0, 1000, 800)
    assert await stored(chat, turn, "Ø38 H12") == item.model_dump(mode="json")
    assert (await stored(chat, turn, "17.3 mm"))["status"] == "by_eye"


async def test_another_reading_disputes_it_and_may_be_asked_again(
    chat: Chat, looks: Verifier
) -> None:
    turn = await answered(chat)
    chat.service.scripts = [['{"values": ["Ø36 H12", "12"]}'], ['{"values": ["Ø38 H12"]}']]
    assert (await look(looks, turn, "Ø38")).model_dump(include={"status", "read", "box"}) == {
        "status": "disputed",
        "read": "Ø36 H12",
        "box": None,
    }
    assert (await look(looks, turn, "Ø38")).status == "confirmed"


async def test_the_model_is_not_told_the_value(chat: Chat, looks: Verifier) -> None:
    turn = await answered(chat)
    chat.service.scripts = [['{"values": []}']]
    assert (await look(looks, turn, "Ø38")).read == ""
    request = chat.service.questions()[-1]
    asked = "".join(texts_of(message) for message in request.messages)
    assert "[picture]" in asked and "38" not in asked
    assert request.sampling is not None and request.sampling.temperature == 0


async def test_a_recognised_value_is_read_at_its_own_place(chat: Chat, looks: Verifier) -> None:
    info = chat.sheets.shelf["local", "scan"]
    page = replace(info.pages[0], text_source="ocr")
    chat.sheets.shelf["local", "scan"] = replace(info, pages=(page,))
    upright = TextItem("Ø38 H12", Box(400, 300, 140, 20), source="ocr")
    turned = TextItem("17.3", Box(700, 300, 20, 60), 270, source="ocr")
    chat.sheets.texts["scan", 1] = [upright, turned]
    turn = await answered(chat)
    chat.service.scripts = [['{"text": "Ø38 H12"}'], ['{"text": "17.8"}']]
    item = await look(looks, turn, "Ø38")
    assert (item.status, item.box) == ("confirmed", (400, 300, 140, 20))
    (shown,) = chat.service.questions()[-1].images.values()
    assert shown.key == image("scan.1@370,270,200,80").key
    item = await look(looks, turn, "17.3")
    assert (item.status, item.read) == ("disputed", "17.8")
    (shown,) = chat.service.questions()[-1].images.values()
    assert shown.key != image("scan.1@670,270,80,120").key, "it is turned upright"


async def test_the_asked_region_is_looked_at_else_where_the_model_pointed(
    chat: Chat, looks: Verifier
) -> None:
    chat.sheets.add("scan", [], size=(4000, 3000))
    region = [100, 200, 300, 150]
    turn = await answered(chat, drawings=[{"id": "scan", "page": 1, "region": region}])
    chat.service.default = ['{"values": []}']
    await look(looks, turn, "Ø38")
    (shown,) = chat.service.questions()[-1].images
    assert shown == image("scan.1@100,200,300,150").key
    turn = await answered(chat, ANSWER + ' {"bbox_2d": [500, 500, 600, 600]}')
    chat.service.default = ['{"values": []}']
    await look(looks, turn, "Ø38")
    (shown,) = chat.service.questions()[-1].images
    assert shown == image("scan.1@2000,1500,400,300").key


async def test_where_the_models_tools_had_looked_whatever_a_file_says_of_it(
    chat: Chat, looks: Verifier
) -> None:
    region = {"drawing": "scan", "page": 1, "region": [50, 60, 70, 80]}
    whole = "scan.1@0,0,1000,800"
    results: list[tuple[Any, str]] = [
        (region, "scan.1@50,60,70,80"),
        (region | {"region": ["x", None]}, whole),
        (region | {"drawing": "other"}, whole),
        ({"drawing": {}, "page": "one", "region": 5}, whole),
        (None, whole),
    ]
    turn = await answered(chat)
    branch = await chat.store.messages("local", turn.row.conversation_id)
    chat.service.default = ['{"values": []}']
    for result, seen in results:
        call = {"name": "image_zoom_in_tool", "state": "done", "arguments": {}, "result": result}
        rows = [branch[0], replace(branch[1], tools=[call])]
        brought = await chat.store.insert("local", "", rows)
        answer = (await chat.store.messages("local", brought.id))[-1]
        await looks.verify("local", brought.id, answer.id, ANSWER.index("Ø38"))
        (shown,) = chat.service.questions()[-1].images
        assert shown == image(seen).key, result


async def test_a_large_sheet_is_looked_at_in_tiles_until_the_value_is_read(
    chat: Chat, looks: Verifier
) -> None:
    chat.sheets.add("scan", [], size=(4000, 3000))
    turn = await answered(chat)
    before = len(chat.service.questions())
    chat.service.scripts = [['{"values": ["1"]}'], ['{"values": ["Ø38 H12"]}']]
    item = await look(looks, turn, "Ø38")
    assert len(chat.service.questions()) == before + 2
    assert item.status == "confirmed" and item.box is not None
    assert 0 < item.box[0] < 4000 and item.box[2] < 2000, "the place is the second tile"


async def test_what_needs_no_second_look_is_refused(chat: Chat, looks: Verifier) -> None:
    chat.sheets.add("scan", ["Ø38 H12"])
    turn = await answered(chat)
    with pytest.raises(Conflict, match="no verification"):
        await look(looks, turn, "Ø38")
    assert (await stored(chat, turn, "17.3 mm"))["status"] == "not_found"
    chat.service.scripts = [['{"values": ["17.3"]}']]
    assert (await look(looks, turn, "17.3")).status == "confirmed"


async def test_nobody_looks_into_another_owners_answers(chat: Chat, looks: Verifier) -> None:
    turn = await answered(chat)
    with pytest.raises(NotFound):
        await look(looks, turn, "Ø38", owner="stranger")
    with pytest.raises(NotFound):
        await looks.verify("local", "no-conversation", turn.row.answer_id, 12)
    with pytest.raises(NotFound):
        await looks.verify("local", turn.row.conversation_id, turn.row.question_id, 12)
    with pytest.raises(NotFound, match="no value"):
        await looks.verify("local", turn.row.conversation_id, turn.row.answer_id, 3)
    del chat.sheets.shelf["local", "scan"]
    with pytest.raises(NotFound, match="deleted"):
        await look(looks, turn, "Ø38")


async def test_an_answer_that_is_being_written_is_not_looked_at(
    chat: Chat, looks: Verifier
) -> None:
    gate = asyncio.Event()
    chat.service.scripts = [["The bore is ", gate, "Ø38 H12."]]
    turn = await chat.ask(drawings=[{"id": "scan"}])
    await chat.first(turn)
    with pytest.raises(Conflict, match="still being written"):
        await look(looks, turn, "Ø38")
    gate.set()
    await chat.frames(turn)


async def test_a_model_that_is_not_ready_is_named(chat: Chat, looks: Verifier) -> None:
    turn = await answered(chat)
    for state, error in (
        ("loading", ModelNotReady),
        ("restarting", EngineRestarting),
        ("failed", ModelNotReady),
    ):
        chat.service.set_state(state)  # type: ignore[arg-type]
        with pytest.raises(error):
            await look(looks, turn, "Ø38")


async def test_only_some_run_at_once_and_each_value_once(chat: Chat, looks: Verifier) -> None:
    turns = [await answered(chat) for _ in range(MOST_AT_ONCE + 1)]
    gate = asyncio.Event()
    chat.service.scripts = [[gate, '{"values": ["Ø38 H12"]}'] for _ in range(MOST_AT_ONCE)]
    running = [asyncio.create_task(look(looks, turn, "Ø38")) for turn in turns[:-1]]
    await chat.service.until(lambda service: service.requests_in_flight() == MOST_AT_ONCE)
    with pytest.raises(Busy, match="This value"):
        await look(looks, turns[0], "Ø38")
    with pytest.raises(Busy, match="Other values"):
        await look(looks, turns[-1], "Ø38")
    gate.set()
    assert {item.status for item in await asyncio.gather(*running)} == {"confirmed"}
    chat.service.scripts = [['{"values": ["Ø38 H12"]}']]
    assert (await look(looks, turns[-1], "Ø38")).status == "confirmed"


async def test_cancelled_it_frees_the_engine_and_changes_nothing(
    chat: Chat, looks: Verifier
) -> None:
    turn = await answered(chat)
    chat.service.scripts = [[asyncio.Event()]]
    running = asyncio.create_task(look(looks, turn, "Ø38"))
    await chat.service.until(lambda service: service.requests_in_flight() == 1)
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled() and chat.service.requests_in_flight() == 0
    assert (await stored(chat, turn, "Ø38 H12"))["status"] == "by_eye"
    chat.service.scripts = [['{"values": ["Ø38 H12"]}']]
    assert (await look(looks, turn, "Ø38")).status == "confirmed"


async def test_looks_at_two_values_at_once_keep_each_others_result(
    chat: Chat, looks: Verifier
) -> None:
    turn = await answered(chat)
    chat.service.default = ['{"values": ["Ø38 H12", "17.3"]}']
    await asyncio.gather(look(looks, turn, "Ø38"), look(looks, turn, "17.3"))
    assert {item["status"] for item in (await chat.stored(turn)).evidence} == {"confirmed"}


@pytest.mark.parametrize(
    "text", ["", "Ø38", "{", "[1]", '{"values": 5}', '{"values": [5]}', '{"text": null}', "{}"]
)
def test_what_is_not_as_asked_for_cannot_be_read(text: str) -> None:
    with pytest.raises(EngineError):
        readings_in(text)


async def test_an_answer_that_cannot_be_read_changes_nothing(chat: Chat, looks: Verifier) -> None:
    turn = await answered(chat)
    chat.service.scripts = [['{"values": ["Ø3']]
    with pytest.raises(EngineError):
        await look(looks, turn, "Ø38")
    assert (await stored(chat, turn, "Ø38 H12"))["status"] == "by_eye"


async def test_an_error_of_the_engine_is_passed_on(chat: Chat, looks: Verifier) -> None:
    turn = await answered(chat)
    chat.service.scripts = [[EngineError("no")]]
    with pytest.raises(EngineError, match="no"):
        await look(looks, turn, "Ø38")


async def test_it_survives_export_and_import(chat: Chat, looks: Verifier) -> None:
    from backend.chat import conversation_export as transfer

    turn = await answered(chat)
    chat.service.scripts = [['{"values": ["Ø38 H12"]}']]
    await look(looks, turn, "Ø38")
    conversation = turn.row.conversation_id
    row = await chat.store.get("local", conversation)
    document = transfer.to_json(row, await chat.store.messages("local", conversation))
    brought = transfer.TransferredConversation.model_validate(json.loads(json.dumps(document)))
    assert transfer.from_json(brought)[1].evidence[0]["read"] == "Ø38 H12"
