"""Row 42 as a matrix: every route and every frame, made from the app's own, with another's ids.

A new route or frame comes in by itself; an identifier that this file does not know fails it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from backend.chat.protocol.asyncapi import frames
from backend.chat.protocol.client_frames import ClientFrame
from tests.drawing_samples import pdf
from tests.json_examples import Schema, example, put, resolve, text_fields
from tests.whole_app import Running, run_app

pytestmark = pytest.mark.anyio

#: Answers that are the same for everybody, whoever owns what.
NOBODYS = {
    "/health",
    "/ready",
    "/api/model",
    "/metrics",
    "/api/protocol",
    "/iiif/{rest:path}",
    "/api/samples/{name}",  # the project's own sheets, by their names
    "/v1/models/{model:path}",  # the server's model, which all share
    "/ws",  # as plain HTTP it is refused to everybody
}
#: Path parameters that are no identifiers.
PLAIN = {
    "page": "1",
    "region": "full",
    "size": "8,",
    "rotation": "0",
    "quality": "default",
    "format_name": "png",
    "kind": "dimensions",
}
#: A foreign drawing in an imported conversation is left out, as the contract says: it may be a
#: copy from another server.
LEFT_OUT = {("POST", "/api/conversations/import")}
#: No lists: what they answer about is named in the query, and tried there.
NAMED_IN_QUERY = {"/api/compare"}
#: What the fake engine says.
ANSWER = "The largest bore is Ø38 H12."


@dataclass
class Things:
    """What one owner has."""

    drawing: str
    conversation: str
    question: str
    answer: str
    turn: str
    row: str

    def named(self, name: str) -> str | int | None:
        """The identifier for a parameter or a field of this name, or a place in the answer."""
        return {
            "start": ANSWER.index("Ø38"),
            "end": ANSWER.index("."),
            "drawing_id": self.drawing,
            "drawing": self.drawing,
            "identifier": f"{self.drawing}.1",
            "old": f"{self.drawing}.1",
            "new": f"{self.drawing}.1",
            "conversation_id": self.conversation,
            "message_id": self.answer,
            "parent_id": self.answer,
            "turn_id": self.turn,
            "row": self.row,
            "column": "text",
        }.get(name)


async def make_things(running: Running, owner: str) -> Things:
    """A drawing, a question about it and its answer."""
    async with running.as_owner(owner) as http:
        content = pdf(f"BT /F1 20 Tf 60 200 Td (M{len(owner)}x1) Tj ET")
        file = {"file": ("plate.pdf", content, "application/pdf")}
        drawing = (await http.post("/api/drawings", files=file)).json()["id"]
        row = await first_row(http, drawing)
    async with running.talk(owner) as talk:
        await talk.send(type="ask", id="c1", text="Bore?", drawings=[{"id": drawing, "page": 1}])
        accepted = (await talk.until("accepted"))[-1]
        await talk.until("done")
    return Things(
        drawing,
        accepted["conversation_id"],
        accepted["question_id"],
        accepted["message_id"],
        accepted["turn_id"],
        row,
    )


async def first_row(http: httpx.AsyncClient, drawing: str) -> str:
    """A row of the drawing's dimensions, once they are extracted."""
    path = f"/api/drawings/{drawing}/extract"
    await http.post(path, json={"kind": "dimensions", "model": False})
    while (answer := await http.get(f"{path}/dimensions")).status_code == 202:  # noqa: ASYNC110
        await asyncio.sleep(0)
    row: str = answer.json()["rows"][0]["id"]
    return row


@dataclass
class Two:
    """A server, and what Alice and Bob have on it."""

    running: Running
    alice: Things
    bob: Things


@pytest.fixture(scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    folder = tmp_path_factory.mktemp("owners") / "data"
    async with run_app(folder, owners=("alice", "bob")) as running:
        alice, bob = await make_things(running, "alice"), await make_things(running, "bob")
        yield Two(running, alice, bob)


def routes(running: Running) -> list[tuple[str, APIRoute]]:
    """Every method and route of the app; what deletes comes last."""
    found = [
        (method, route)
        for route in running.app.routes
        if isinstance(route, APIRoute) and route.path not in NOBODYS
        for method in sorted(route.methods)
    ]
    return sorted(found, key=lambda entry: entry[0] == "DELETE")


def address(route: APIRoute, things: Things) -> str:
    """The route's path with these identifiers."""
    values: dict[str, str] = {}
    for name in route.param_convertors:
        known = things.named(name) or PLAIN.get(name)
        assert known is not None, f"say what {{{name}}} of {route.path} is"
        values[name] = str(known)
    return route.path.format(**values)


def operation(running: Running, method: str, route: APIRoute) -> Schema:
    """What the OpenAPI document says of it; nothing for a route that is not in it."""
    path = running.app.openapi()["paths"].get(route.path, {})
    found: Schema = path.get(method.lower(), {})
    return found


def body_schema(described: Schema) -> Schema | None:
    """The schema of its JSON body, if it has one."""
    content = described.get("requestBody", {}).get("content", {})
    schema: Schema | None = content.get("application/json", {}).get("schema")
    return schema


def request(running: Running, method: str, route: APIRoute, things: Things) -> dict[str, Any]:
    """Arguments for httpx: the smallest call that is understood."""
    described = operation(running, method, route)
    document = running.app.openapi()
    wanted: dict[str, Any] = {"method": method, "url": address(route, things)}
    schema = body_schema(described)
    if schema is not None:
        wanted["json"] = example(schema, document, things.named)
    wanted["params"] = {
        entry["name"]: example(entry["schema"], document, things.named, entry["name"])
        for entry in described.get("parameters", [])
        if entry["in"] == "query" and entry.get("required")
    }
    return wanted


def is_not_there(answer: httpx.Response) -> bool:
    return answer.status_code == 404 and answer.json()["error"]["code"] == "not_found"


@pytest.mark.fault(42)
async def test_every_route_with_anothers_ids_answers_404(two: Two) -> None:
    running = two.running
    named = [entry for entry in routes(running) if entry[1].param_convertors]
    assert len(named) >= 11
    async with running.as_owner("alice") as alice, running.as_owner("bob") as bob:
        before = (await alice.get(f"/api/conversations/{two.alice.conversation}")).json()
        wrong = []
        for method, route in named:
            answer = await bob.request(**request(running, method, route, two.alice))
            if not is_not_there(answer):
                wrong.append((method, route.path, answer.status_code))
        assert not wrong
        after = (await alice.get(f"/api/conversations/{two.alice.conversation}")).json()
        assert after == before
        for method, route in named:  # the same calls are Alice's to make
            answer = await alice.request(**request(running, method, route, two.alice))
            # Understood and found; the fake engine cannot do everything.
            told = (method, route.path, answer.text)
            assert answer.status_code not in (400, 401, 404, 405, 422), told
    two.alice = await make_things(running, "alice")


@pytest.mark.fault(42)
async def test_identifiers_in_queries_and_bodies(two: Two) -> None:
    """One's own path, and another's identifier beside it."""
    running, document = two.running, two.running.app.openapi()
    tried = 0
    async with running.as_owner("bob") as bob:
        for method, route in routes(running):
            described = operation(running, method, route)
            for entry in described.get("parameters", []):
                theirs = two.alice.named(entry["name"])
                if entry["in"] != "query" or theirs is None:
                    continue
                wanted = request(running, method, route, two.bob)
                wanted["params"][entry["name"]] = theirs
                assert is_not_there(await bob.request(**wanted)), (route.path, entry["name"])
                tried += 1
            schema = body_schema(described)
            fields = list(text_fields(schema, document)) if schema else []
            for path in fields:
                if path[-1].endswith("_id") and (method, route.path) not in LEFT_OUT:
                    wanted = request(running, method, route, two.bob)
                    put(wanted["json"], path, schema or {}, document, two.alice.named)
                    assert is_not_there(await bob.request(**wanted)), (route.path, path)
                    tried += 1
    assert tried


@pytest.mark.fault(42)
async def test_lists_hold_only_ones_own(two: Two) -> None:
    running = two.running
    theirs = set(vars(two.alice).values())
    async with running.as_owner("bob") as bob:
        for method, route in routes(running):
            if method == "GET" and route.path not in NAMED_IN_QUERY and not route.param_convertors:
                answer = await bob.get(route.path, params={"limit": 200})
                assert answer.status_code == 200, route.path
                assert not any(each in answer.text for each in theirs), route.path
        before = {"before": two.alice.conversation}
        assert is_not_there(await bob.get("/api/conversations", params=before))
        imported = {
            "format": "drawing-chat-conversation",
            "version": 1,
            "title": "x",
            "messages": [],
        }
        assert (await bob.post("/api/conversations/import", json=imported)).status_code < 500


@pytest.mark.fault(42)
async def test_without_a_token_nothing_is_told(two: Two) -> None:
    running = two.running
    public = {"/health"}
    async with running.as_owner() as stranger:
        for method, route in itertools.chain(
            routes(running), [("GET", each) for each in running.app.routes if each.path in NOBODYS]
        ):
            if route.path in public or not isinstance(route, APIRoute):
                continue
            if route.path in NOBODYS:
                path = re.sub(r"\{[^}]*\}", "a/b/c", route.path)
            else:
                path = address(route, two.alice)
            answer = await stranger.request(method, path)
            assert answer.status_code == 401, (method, path)


# Frames

CLIENT_FRAMES = frames(ClientFrame)
#: Texts of frames that are the client's own words.
OWN_WORDS = {("id",), ("text",)}
#: An attached drawing's identifier is called `id` alone.
REFERENCE = ("drawings", "*", "id")


def foreign_frames(bob: Things, alice: Things) -> list[tuple[str, dict[str, Any]]]:
    """Each frame of Bob's with one identifier of Alice's in it."""
    found = []
    for model in CLIENT_FRAMES:
        schema = model.model_json_schema()
        for path in text_fields(schema, schema):
            if path in OWN_WORDS:
                continue

            assert path == REFERENCE or alice.named(path[-1]), f"say what {path} is"
            frame = example(schema, schema, bob.named)
            for key, value in frame.items():
                if key == "id":
                    frame[key] = value or "own"
            named = (lambda _: alice.drawing) if path == REFERENCE else alice.named
            frame = put(frame, path, schema, schema, named)
            if path == ("parent_id",):
                frame["conversation_id"] = bob.conversation
            found.append((f"{frame['type']}: {'.'.join(path)}", frame))
    return found


@pytest.mark.fault(42)
async def test_every_frame_with_anothers_ids_is_not_found(two: Two) -> None:
    running = two.running
    tried = foreign_frames(two.bob, two.alice)
    assert {"ask: conversation_id", "ask: parent_id", "ask: drawings.*.id"} <= {
        name for name, _ in tried
    }
    assert {"stop: turn_id", "resume: turn_id"} <= {name for name, _ in tried}
    asked = len(running.service.questions())
    async with running.talk("bob") as talk:
        for name, frame in tried:
            await talk.connection.send(json.dumps(frame))
            error = await talk.error()
            assert error["code"] == "not_found", (name, error)
            assert two.alice.turn not in json.dumps(error) or "turn_id" in frame, name
        assert await talk.alive()
    assert len(running.service.questions()) == asked


@pytest.mark.fault(42)
async def test_another_persons_live_turn_cannot_be_stopped_or_watched(two: Two) -> None:
    running = two.running
    go = asyncio.Event()
    running.service.scripts = [["secret", go, " words"]]
    async with running.talk("alice") as alice, running.talk("bob") as bob:
        await alice.send(type="ask", id="an-id-of-thirty-two-characters-0", text="x")
        seen = await alice.until("delta")
        turn = seen[-1]["turn_id"]
        for frame in ({"type": "stop", "turn_id": turn}, {"type": "resume", "turn_id": turn}):
            await bob.send(**frame)
            assert (await bob.error())["code"] == "not_found"
        await bob.send(type="stop", id="an-id-of-thirty-two-characters-0")
        assert (await bob.error())["code"] == "not_found"
        # The same id for a question is another question, and no way to the first one's answer.
        await bob.send(type="ask", id="an-id-of-thirty-two-characters-0", text="x")
        assert (await bob.until("done"))[0]["turn_id"] != turn
        go.set()
        assert (await alice.until("done", "stopped", "error"))[-1]["type"] == "done"
    async with running.as_owner("bob") as http:
        for path in ("/api/conversations", "/api/conversations?q=secret"):
            assert turn not in (await http.get(path)).text


def test_every_text_of_a_frame_is_known() -> None:
    """A new identifier in a frame must be tried above."""
    for model in CLIENT_FRAMES:
        schema = model.model_json_schema()
        assert resolve(schema, schema)["type"] == "object"
        for path in text_fields(schema, schema):
            assert path in OWN_WORDS or path[-1].endswith("id"), (model.__name__, path)
