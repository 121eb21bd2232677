"""Conversations over HTTP: list, search, pages, rename, delete, export, import, the protocol."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backend.chat.protocol.asyncapi import frames
from backend.chat.protocol.client_frames import ClientFrame
from backend.chat.protocol.server_frames import ServerFrame
from tests.chat_server import Served, serve

pytestmark = pytest.mark.anyio

LIST = "/api/conversations"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path) as running:
        yield running


async def get(served: Served, path: str, status: int = 200, **more: Any) -> Any:
    answer = await served.http.get(path, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def conversation(served: Served, *questions: str) -> str:
    """A conversation in which these were asked, one after the other."""
    turn = await served.chat.ask(questions[0])
    await served.chat.frames(turn)
    for question in questions[1:]:
        await served.chat.answer(question, conversation_id=turn.row.conversation_id)
    return turn.row.conversation_id


async def test_the_list_comes_in_pages_and_can_be_searched(served: Served) -> None:
    long = "What is the largest bore of the flange on the second sheet, and which fit has it?"
    ids = [await conversation(served, text) for text in ("Material?", "Scale?", long)]
    first = await get(served, LIST, params={"limit": 2})
    assert [item["id"] for item in first["items"]] == [ids[2], ids[1]]
    assert first["items"][0]["title"] == (
        "What is the largest bore of the flange on the second sheet,…"
    )
    second = await get(served, LIST, params={"limit": 2, "before": first["next"]})
    assert ([item["id"] for item in second["items"]], second["next"]) == ([ids[0]], None)
    after_an_id = await get(served, LIST, params={"before": ids[1]})
    assert [item["id"] for item in after_an_id["items"]] == [ids[0]]
    found = await get(served, LIST, params={"q": "flange"})
    assert [item["id"] for item in found["items"]] == [ids[2]]


async def test_a_list_goes_on_where_it_was_whatever_becomes_of_its_last_entry(
    served: Served,
) -> None:
    ids = [await conversation(served, text) for text in ("1?", "2?", "3?", "4?")]
    page = await get(served, LIST, params={"limit": 2})
    assert [item["id"] for item in page["items"]] == [ids[3], ids[2]]
    await served.chat.answer("And?", conversation_id=ids[2])  # it is the newest now
    after = {"before": page["next"]}
    assert [one["id"] for one in (await get(served, LIST, params=after))["items"]] == ids[1::-1]
    await served.http.delete(f"{LIST}/{ids[2]}")
    assert [one["id"] for one in (await get(served, LIST, params=after))["items"]] == ids[1::-1]
    for before, status in (("0" * 32, 404), ("nope", 400), ("x-y", 400), ("nan-y", 400)):
        await get(served, LIST, status, params={"before": before})


async def test_a_conversation_without_a_title_takes_its_first_questions(served: Served) -> None:
    for given, expected in (({}, "Material?"), ({"title": "Flange"}, "Flange")):
        identifier = (await served.http.post(LIST, json=given)).json()["id"]
        for question in ("Material?", "Scale?"):
            await served.chat.answer(question, conversation_id=identifier)
        assert (await get(served, f"{LIST}/{identifier}"))["title"] == expected


async def test_a_new_title_has_to_be_given(served: Served) -> None:
    created = (await served.http.post(LIST, json={"title": "Flange"})).json()
    assert (await served.http.patch(f"{LIST}/{created['id']}", json={})).status_code == 400
    assert (await get(served, f"{LIST}/{created['id']}"))["title"] == "Flange"


async def test_create_rename_and_delete(served: Served) -> None:
    created = (await served.http.post(LIST, json={"title": " Flange "})).json()
    assert created["title"] == "Flange"
    path = f"{LIST}/{created['id']}"
    renamed = await served.http.patch(path, json={"title": "Cover"})
    assert renamed.json()["title"] == "Cover"
    assert (await get(served, path))["messages"] == []
    assert (await served.http.delete(path)).status_code == 204
    await get(served, path, 404)
    assert (await served.http.post(LIST)).status_code == 201


async def test_messages_come_in_pages(served: Served) -> None:
    identifier = await conversation(served, "1?", "2?", "3?")
    page = await get(served, f"{LIST}/{identifier}", params={"limit": 4})
    older = await get(served, f"{LIST}/{identifier}", params={"limit": 4, "before": page["next"]})
    texts = [message["text"] for message in older["messages"] + page["messages"]]
    assert texts[::2] == ["1?", "2?", "3?"]
    assert older["next"] is None
    assert set(page["messages"][0]) == {
        "id",
        "parent_id",
        "role",
        "text",
        "status",
        "turn_id",
        "drawings",
        "evidence",
        "tools",
        "usage",
        "answered_by",
        "created_at",
        "last_seq",
        "shown",
    }


async def test_what_the_model_saw_comes_with_the_answer(served: Served) -> None:
    served.chat.sheets.add("plate", ["Ø38 H12"])
    turn = await served.chat.ask("Bore?", drawings=[{"id": "plate", "page": 1}])
    done = (await served.chat.frames(turn))[-1]
    assert [(one["kind"], one["drawing"], one["page"]) for one in done["shown"]] == [
        ("overview", "plate", 1),
        ("text", "plate", 1),
    ]
    detail = await get(served, f"{LIST}/{turn.row.conversation_id}")
    assert [message["shown"] for message in detail["messages"]] == [[], done["shown"]]


async def test_a_streaming_answer_can_be_joined_from_what_the_list_shows(served: Served) -> None:
    gate = asyncio.Event()
    served.chat.service.scripts = [["Half ", gate, "and half."]]
    turn = await served.chat.ask()
    await served.chat.first(turn)
    detail = await get(served, f"{LIST}/{turn.row.conversation_id}")
    answer = detail["messages"][-1]
    assert (answer["status"], answer["text"], answer["last_seq"]) == ("streaming", "Half ", 1)
    gate.set()
    rest = await served.chat.frames(answer["turn_id"], answer["last_seq"])
    assert "".join(frame.get("text", "") for frame in rest) == "and half."


async def test_deleting_stops_the_running_answer(served: Served) -> None:
    served.chat.service.scripts = [["x", asyncio.Event()]]
    turn = await served.chat.ask()
    await served.chat.first(turn)
    path = f"{LIST}/{turn.row.conversation_id}"
    assert (await served.http.delete(path)).status_code == 204
    assert served.chat.service.requests_in_flight() == 0


@pytest.mark.fault(42)
async def test_another_owner_sees_nothing(served: Served) -> None:
    identifier = await conversation(served, "1?")
    theirs = {"headers": {"x-owner": "other"}}
    assert (await get(served, LIST, **theirs))["items"] == []
    path = f"{LIST}/{identifier}"
    await get(served, path, 404, **theirs)
    await get(served, f"{path}/export", 404, **theirs)
    await get(served, LIST, 404, params={"before": identifier}, **theirs)
    assert (await served.http.patch(path, json={"title": "x"}, **theirs)).status_code == 404
    assert (await served.http.delete(path, **theirs)).status_code == 404
    assert (await get(served, path))["title"] == "1?"


async def test_markdown_shows_one_branch_with_its_crops(served: Served) -> None:
    served.chat.sheets.add("d", ["Ø38"], name="flange.pdf")
    turn = await served.chat.ask(
        "Bore?", drawings=[{"id": "d", "page": 1, "region": [10, 10, 200, 100]}, {"id": "d"}]
    )
    await served.chat.frames(turn)
    served.chat.service.scripts = [["SPAFallback."]]
    await served.chat.answer(
        "Other branch?", conversation_id=turn.row.conversation_id, parent_id="root"
    )
    path = f"{LIST}/{turn.row.conversation_id}/export"
    answer = await served.http.get(path, params={"message_id": turn.row.answer_id})
    assert answer.headers["content-type"].startswith("text/markdown")
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.text
    assert text.index("# Bore?") < text.index("- flange.pdf, page 1, region 10, 10, 200, 100")
    assert "Other branch?" not in text
    assert "The largest bore is Ø38 H12." in text
    crop = text.split("](data:image/png;base64,")[1].split(")")[0]
    assert Image.open(io.BytesIO(base64.b64decode(crop))).size == (64, 64)
    newest = (await served.http.get(path)).text
    assert "Other branch?" in newest
    assert "Bore?" not in newest.split("\n", 1)[1]
    await get(served, path, 404, params={"message_id": "nope"})
    await get(served, path, 400, params={"format": "exe"})


async def test_json_comes_back_the_same_under_new_ids(served: Served) -> None:
    served.chat.sheets.add("d", ["Ø38"])
    first = await served.chat.ask("Bore?", drawings=[{"id": "d", "page": 1}])
    await served.chat.frames(first)
    await served.chat.answer("Again?", conversation_id=first.row.conversation_id, parent_id="root")
    exported = await get(
        served, f"{LIST}/{first.row.conversation_id}/export", params={"format": "json"}
    )
    exported["messages"][0]["drawings"].append({"id": "gone"})
    answer = await served.http.post(f"{LIST}/import", json=exported)
    assert answer.status_code == 201, answer.text
    copy = await get(served, f"{LIST}/{answer.json()['id']}")
    assert copy["drawings"] == ["d"]
    original = await get(served, f"{LIST}/{first.row.conversation_id}")
    for one, other in zip(original["messages"], copy["messages"], strict=True):
        assert one["id"] != other["id"]
        assert (one["role"], one["text"], one["status"]) == (
            other["role"],
            other["text"],
            other["status"],
        )
    assert [message["parent_id"] is None for message in copy["messages"]] == [
        message["parent_id"] is None for message in original["messages"]
    ]
    more = await served.chat.answer("More?", conversation_id=copy["id"])
    assert more[-1]["type"] == "done"


@pytest.mark.parametrize(
    "messages",
    [
        [{"id": "a", "role": "assistant", "text": "x"}],
        [{"id": "q", "role": "user", "text": "x", "parent_id": "nowhere"}],
        [
            {"id": "q", "role": "user", "text": "x"},
            {"id": "q", "role": "user", "text": "x"},
        ],
        [{"id": "q", "role": "system", "text": "x"}],
        [{"id": "q", "role": "user", "text": "x", "drawings": [{"id": 1}]}],
    ],
)
async def test_an_import_that_is_no_conversation_is_refused(
    served: Served, messages: list[dict[str, Any]]
) -> None:
    answer = await served.http.post(f"{LIST}/import", json={"title": "x", "messages": messages})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert (await get(served, LIST))["items"] == []


async def test_opening_a_conversation_prefills_it_once(served: Served) -> None:
    imported = {
        "title": "Old",
        "messages": [
            {"id": "q", "role": "user", "text": "Bore?"},
            {"id": "a", "role": "assistant", "parent_id": "q", "text": "Ø38."},
        ],
    }
    identifier = (await served.http.post(f"{LIST}/import", json=imported)).json()["id"]
    for _ in range(2):
        await get(served, f"{LIST}/{identifier}")
    service = served.chat.service
    await service.until(lambda fake: bool(fake.requests) and not fake.requests_in_flight())
    assert [request.prefill for request in service.requests] == [True]
    [done] = (await served.chat.answer("And?", conversation_id=identifier))[-1:]
    assert done["usage"]["cached_tokens"] >= done["usage"]["prompt_tokens"] - 3


async def test_the_protocol_document_has_every_frame(served: Served) -> None:
    document = await get(served, "/api/protocol")
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"]["chat"]["address"] == "/ws"
    messages = document["components"]["messages"]
    assert set(messages) >= {"ask", "stop", "resume", "ping", "hello", "delta", "done", "error"}
    # Each side has its own frames, also where both have one of a type.
    for operation, union in (("clientFrames", ClientFrame), ("serverFrames", ServerFrame)):
        listed = [
            _at(document, _at(document, message["$ref"])["$ref"])
            for message in document["operations"][operation]["messages"]
        ]
        assert [message["payload"]["$ref"].rpartition("/")[2] for message in listed] == [
            model.__name__ for model in frames(union)
        ]
    schemas = document["components"]["schemas"]
    bounds = {**schemas["AskOptions"]["properties"], **schemas["Resume"]["properties"]}
    assert bounds["max_tokens"]["anyOf"][0]["minimum"] == 1
    assert bounds["temperature"]["anyOf"][0]["maximum"] == 2
    assert bounds["after_seq"]["minimum"] == 0
    assert set(schemas["Ask"]["required"]) == {"type", "id", "text"}
    # Every reference leads somewhere.
    for reference in _references(document):
        _at(document, reference)
    json.dumps(document)


def _at(document: Any, reference: str) -> Any:
    place = document
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for part in value.values() for found in _references(part)]
    if isinstance(value, list):
        return [found for part in value for found in _references(part)]
    return []
