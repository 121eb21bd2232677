"""The tool loop: what the person sees, what the model is asked next, and how every turn ends."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.chat.prompt.prompt_builder import PromptBuilder
from backend.chat.prompt.prompt_sheets import Attachment
from backend.chat.turns.request_queue import RequestQueue
from backend.chat.turns.tool_loop import LAST_CALL, MOST_CALLS
from backend.chat.turns.turn import Turn
from backend.chat.turns.turn_runner import TurnRunner
from backend.errors import EngineRestarting
from backend.model.control_tokens import FORMAT_TAGS
from backend.model.service import Message, Sampling
from backend.storage.messages import MessageRow
from backend.storage.turn_rows import TurnRow
from backend.tools.sheet_tools import SheetTools, View
from backend.tools.toolbox import SCHEMAS, Toolbox
from tests.chat_parts import Chat, Frame, check_order, open_chat, text_of
from tests.fakes import FakeSheets, FakeVisionService, Step, image, images_of, texts_of

pytestmark = pytest.mark.anyio

PLATE = [{"id": "plate", "page": 1}]
FIT = {"designation": "20 H7/g6"}
ZOOM = {"bbox_2d": [100, 250, 300, 500], "label": "bore", "img_idx": 0}
ZOOMED = {"drawing": "plate", "page": 1, "region": [100, 200, 200, 200]}


def call(name: str, arguments: Any) -> str:
    body = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{body}\n</tool_call>"


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    service = FakeVisionService(window=32768, tools=True)
    async with open_chat(tmp_path, service) as opened:
        opened.sheets.add("plate", ["Ø38 H12", "M6", "25.4 ±0.1"])
        yield opened


def tools_of(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame["type"] == "tool"]


def asked(chat: Chat, step: int) -> tuple[Message, ...]:
    """The prompt of a step of the only question, from 0."""
    return chat.service.questions()[step].messages


async def test_a_call_pauses_the_text_and_its_result_is_in_the_next_prompt(chat: Chat) -> None:
    chat.service.scripts = [
        ["Let me ", "compute.\n<tool", "_call>" + call("limits_and_fits", FIT)[11:]],
        ["The hole is +21 µm."],
    ]
    turn = await chat.ask("Fit?", drawings=PLATE)
    frames = await chat.frames(turn)
    check_order(frames)
    assert text_of(frames) == "Let me compute.\n\nThe hole is +21 µm."
    running, done = tools_of(frames)
    kinds = [frame["type"] for frame in frames]
    assert kinds.index("tool") > kinds.index("delta")
    assert (running["state"], running["result"], running["step"]) == ("running", None, 1)
    assert (done["state"], done["error"], done["step"]) == ("done", None, 1)
    assert done["name"] == "limits_and_fits" and done["arguments"] == FIT
    assert done["result"]["hole"]["upper_um"] == 21
    assert done["at"] == len("Let me compute.")
    first, second = asked(chat, 0), asked(chat, 1)
    assert first[0].tools == SCHEMAS
    assert second[: len(first)] == first
    said, told = second[len(first) :]
    assert said.role == "assistant"
    assert texts_of(said) == f"Let me compute.\n{call('limits_and_fits', FIT)}"
    assert (told.role, json.loads(texts_of(told))) == ("tool", done["result"])


async def test_a_zoom_is_a_picture_in_the_tools_answer(chat: Chat) -> None:
    chat.service.scripts = [[call("image_zoom_in_tool", ZOOM)], ["It is Ø38 H12."]]
    frames = await chat.answer(drawings=PLATE)
    assert tools_of(frames)[1]["result"] == ZOOMED
    told = asked(chat, 1)[-1]
    crop = image("plate.1@100,200,200,200")
    assert (told.role, images_of([told]), texts_of(told)) == ("tool", [crop.key], "[picture]")
    assert chat.service.questions()[1].images[crop.key] == crop
    shown = frames[-1]["shown"][-1]
    assert (shown["kind"], shown["region"]) == ("region", [100, 200, 200, 200])


async def test_the_region_that_was_asked_about_is_the_second_picture(chat: Chat) -> None:
    region = [{"id": "plate", "page": 1, "region": [500, 400, 200, 100]}]
    zoom = {**ZOOM, "bbox_2d": [0, 0, 500, 1000], "img_idx": 1}
    chat.service.scripts = [[call("image_zoom_in_tool", zoom)], ["Seen."]]
    frames = await chat.answer(drawings=region)
    assert tools_of(frames)[1]["result"]["region"] == [500, 400, 100, 100]


async def test_several_calls_at_once_are_answered_in_their_order(chat: Chat) -> None:
    both = (
        call("find_text", {"query": "M6"})
        + "\n"
        + call("convert", {"quantity": "1 in", "unit": "mm"})
    )
    chat.service.scripts = [["Two. " + both], ["Done."]]
    frames = await chat.answer(drawings=PLATE)
    assert [(frame["step"], frame["state"]) for frame in tools_of(frames)] == [
        (1, "running"), (1, "done"), (2, "running"), (2, "done"),
    ]  # fmt: skip
    assert [message.role for message in asked(chat, 1)][-3:] == ["assistant", "tool", "tool"]
    assert text_of(frames) == "Two.\n\nDone."


async def test_what_a_model_says_after_its_calls_is_not_waited_for(chat: Chat) -> None:
    never = asyncio.Event()
    invented = "\n<tool_response>{}</tool_response>The fit is 99."
    chat.service.scripts = [[call("limits_and_fits", FIT), invented, never], ["It is +21 µm."]]
    frames = await chat.answer(drawings=PLATE)
    assert frames[-1]["type"] == "done"
    assert frames[-1]["finish_reason"] == "stop"
    assert text_of(frames) == "It is +21 µm."
    assert chat.service.questions()[0].aborted


async def test_a_prefilled_drawing_begins_as_the_question_does(chat: Chat) -> None:
    for setting in ("on", "off"):
        context = PromptBuilder(
            chat.sheets, chat.service, window=32768, most_images=16, tools=setting
        )
        prefilled = await context.prefill("local", [Attachment("plate", 1)])
        branch = [MessageRow("q", None, "user", "Bore?", "complete", None, PLATE)]
        built = await context.build("local", branch, Sampling())
        assert built.messages[0] == prefilled.messages[0]
        parts = prefilled.messages[1].parts
        assert built.messages[1].parts[: len(parts)] == parts


def branch_about(*drawings: list[dict[str, Any]], words: int = 1) -> list[MessageRow]:
    """Questions about these, each but the last with an answer."""
    rows = []
    for number, attached in enumerate(drawings):
        question = "word " * words
        rows.append(MessageRow(f"q{number}", None, "user", question, "complete", None, attached))
        rows.append(MessageRow(f"a{number}", None, "assistant", "Ø38.", "complete"))
    return rows[:-1]


@pytest.mark.parametrize("words", [1, 3000])
async def test_img_idx_counts_the_pictures_of_the_prompt_as_it_is(words: int) -> None:
    sheets = FakeSheets()
    sheets.add("plate", ["M6"])
    sheets.add("gear", ["Assembly"], ["keyway"], ["word"])
    region = {"id": "plate", "page": 1, "region": [0.0, 0.0, 300.0, 100.0]}
    branch = branch_about(PLATE, [region], [{"id": "gear"}], [region], words=words)
    service = FakeVisionService(window=8192)
    context = PromptBuilder(sheets, service, window=8192, most_images=16, tools="on")
    built = await context.build("local", branch, Sampling())
    assert built.tools is not None
    expected = [
        image(f"{view.drawing}.{view.page}" + ("@0,0,300,100" if view.region else "")).key
        for view in built.tools.views
    ]
    assert images_of([one for one in built.messages if one.role == "user"]) == expected
    assert len(expected) == (5 if words == 1 else 3), expected  # a cut takes regions away
    assert built.tools.drawings == ("plate", "plate", "gear", "plate")


async def test_older_questions_give_way_to_what_tools_may_bring() -> None:
    service = FakeVisionService(window=8192)
    branch = branch_about([], [], words=3500)
    cuts = []
    for setting in ("off", "on"):
        context = PromptBuilder(FakeSheets(), service, window=8192, most_images=16, tools=setting)
        built = await context.build("local", branch, Sampling(max_tokens=64))
        cuts.append(len(built.notes))
    assert cuts == [0, 1]


async def test_usage_adds_up_and_prefixes_are_found_again(chat: Chat) -> None:
    chat.service.scripts = [["A", call("limits_and_fits", FIT)], ["B"]]
    usage = (await chat.answer(drawings=PLATE))[-1]["usage"]
    sizes = [
        (await chat.service.count_tokens(one.messages, one.images)).tokens
        for one in chat.service.questions()
    ]
    assert usage["prompt_tokens"] == sum(sizes)
    assert usage["completion_tokens"] == 3
    assert usage["cached_tokens"] == sizes[0]  # the second step begins as the first


async def test_max_tokens_holds_over_all_steps(chat: Chat) -> None:
    chat.service.scripts = [["A ", call("limits_and_fits", FIT)], ["B "] * 9]
    frames = await chat.answer(drawings=PLATE, options={"max_tokens": 5})
    assert text_of(frames).split() == ["A", "B", "B", "B"]
    assert [one.sampling and one.sampling.max_tokens for one in chat.service.questions()] == [5, 3]
    chat.service.scripts = [["A ", call("limits_and_fits", FIT)], ["never"]]
    frames = await chat.answer(drawings=PLATE, options={"max_tokens": 2})
    assert frames[-1]["finish_reason"] == "length"
    assert tools_of(frames) == [] and text_of(frames) == "A"


async def test_after_the_last_call_the_model_must_answer(chat: Chat) -> None:
    chat.service.scripts = [[call("limits_and_fits", FIT)] for _ in range(MOST_CALLS)]
    chat.service.scripts.append(["Enough. ", call("limits_and_fits", FIT)])
    frames = await chat.answer(drawings=PLATE)
    assert len(tools_of(frames)) == 2 * MOST_CALLS
    assert text_of(frames) == "Enough."
    assert any(str(MOST_CALLS) in note for note in frames[-1]["notes"])
    told = [texts_of(message) for message in asked(chat, MOST_CALLS) if message.role == "tool"]
    assert [LAST_CALL in text for text in told] == [False] * (MOST_CALLS - 1) + [True]


async def test_crops_count_as_pictures(tmp_path: Path) -> None:
    service = FakeVisionService(window=32768, tools=True)
    async with open_chat(tmp_path, service, images_per_prompt=2) as chat:
        chat.sheets.add("plate", ["M6"])
        service.scripts = [[call("image_zoom_in_tool", ZOOM)]] * 2 + [["Seen."]]
        frames = await chat.answer(drawings=PLATE)
    first, second = tools_of(frames)[1::2]
    assert (first["state"], second["state"]) == ("done", "failed")
    assert "2 pictures" in second["error"]
    assert len(images_of(asked(chat, 2))) == 2


async def test_a_result_that_does_not_fit_is_refused_and_the_turn_goes_on(tmp_path: Path) -> None:
    sheets = FakeSheets()
    sheets.add("plate", ["Note " + "word " * 150] * 20)
    question = "word " * 2500
    service = FakeVisionService(window=4096)
    async with open_chat(tmp_path, service, sheets, tools="on") as chat:
        service.scripts = [[call("find_text", {"query": "Note"})], ["So be it."]]
        frames = await chat.answer(question, drawings=PLATE)
        sizes = [
            await service.count_tokens(one.messages, one.images) for one in service.questions()
        ]
    assert "no room" in tools_of(frames)[1]["error"]
    assert frames[-1]["type"] == "done" and text_of(frames) == "So be it."
    assert all(size.tokens < 4096 for size in sizes)


async def test_stop_in_mid_tool_ends_at_once_and_marks_the_call(chat: Chat) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any) -> Any:
        begun.set()
        await never.wait()

    chat.sheets.crop = slow  # type: ignore[method-assign]
    chat.service.scripts = [["Look. ", call("image_zoom_in_tool", ZOOM)]]
    turn = await chat.ask(drawings=PLATE)
    await begun.wait()
    await chat.turns.stop("local", turn.id)
    frames = await chat.frames(turn)
    check_order(frames)
    assert frames[-1]["type"] == "stopped"
    assert frames[-1]["usage"]["completion_tokens"] == 2
    assert [frame["state"] for frame in tools_of(frames)] == ["running", "failed"]
    stored = await chat.stored(turn)
    assert (stored.status, stored.text) == ("stopped", "Look.")
    assert stored.tools[0]["state"] == "failed" and "ended before" in stored.tools[0]["error"]
    assert chat.service.requests_in_flight() == 0


@pytest.mark.fault(4)
async def test_a_drain_in_mid_tool_interrupts_and_marks_the_call(chat: Chat) -> None:
    begun = asyncio.Event()

    async def slow(*_: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    chat.sheets.crop = slow  # type: ignore[method-assign]
    chat.service.scripts = [["Look. ", call("image_zoom_in_tool", ZOOM)]]
    turn = await chat.ask(drawings=PLATE)
    await begun.wait()
    await chat.turns.drain(0)
    frames = await chat.frames(turn)
    check_order(frames)
    assert frames[-1]["code"] == "engine_restarting"
    assert [frame["state"] for frame in tools_of(frames)] == ["running", "failed"]
    assert (await chat.stored(turn)).status == "interrupted"


async def test_an_engine_that_dies_in_the_second_step_interrupts(chat: Chat) -> None:
    chat.service.scripts = [
        ["A", call("limits_and_fits", FIT)],
        ["B", EngineRestarting("It is being restarted.")],
    ]
    turn = await chat.ask(drawings=PLATE)
    frames = await chat.frames(turn)
    check_order(frames)
    assert frames[-1]["code"] == "engine_restarting"
    stored = await chat.stored(turn)
    assert (stored.status, stored.text) == ("interrupted", "A\n\nB")
    assert [step["state"] for step in stored.tools] == ["done"]


async def test_events_resume_in_the_middle_of_the_steps(chat: Chat) -> None:
    chat.service.scripts = [["A", call("limits_and_fits", FIT)], ["B"]]
    turn = await chat.ask(drawings=PLATE)
    frames = await chat.frames(turn)
    for after in range(len(frames) + 1):
        assert await chat.frames(turn, after) == frames[after:]


async def test_computed_values_name_their_tool_and_crops_lead_to_the_nearest_place(
    chat: Chat,
) -> None:
    chat.sheets.add("twice", ["Ø5 H7", "between", "Ø5 H7"])
    lower = {"bbox_2d": [0, 90, 500, 200], "label": "pin", "img_idx": 0}
    chat.service.scripts = [
        [call("limits_and_fits", {"designation": "5 H7"}), call("image_zoom_in_tool", lower)],
        ["Ø5 H7 reaches +12 µm here, and 0.017 mm nowhere."],
    ]
    frames = await chat.answer(drawings=[{"id": "twice"}])
    items = {
        item["text"]: item
        for frame in frames
        if frame["type"] == "evidence"
        for item in frame["items"]
    }
    assert items["Ø5 H7"]["status"] == "found" and items["Ø5 H7"]["box"][1] == 80
    computed = items["+12 µm"]
    assert computed["status"] == "computed"
    assert computed["computed_by"] == {
        "tool": "limits_and_fits",
        "arguments": {"designation": "5 H7"},
    }
    assert items["0.017 mm"]["status"] == "not_found"


async def test_without_a_drawing_only_what_was_computed_is_graded(chat: Chat) -> None:
    chat.service.scripts = [[call("limits_and_fits", FIT)], ["+21 µm, and 99.9 mm is big."]]
    frames = await chat.answer("Fit?")
    items = [item for frame in frames if frame["type"] == "evidence" for item in frame["items"]]
    assert [(item["text"], item["status"]) for item in items] == [("+21 µm", "computed")]


async def test_a_later_turn_has_the_calls_compactly_and_their_values(chat: Chat) -> None:
    chat.service.scripts = [
        ["First.", call("limits_and_fits", FIT)],
        [call("image_zoom_in_tool", ZOOM), call("nonsense", {})],
        ["It is +21 µm."],
        ["As I said: +21 µm."],
        ["Indeed."],
    ]
    turn = await chat.ask("Fit?", drawings=PLATE)
    await chat.frames(turn)
    conversation = turn.row.conversation_id
    frames = await chat.answer("Sure?", conversation_id=conversation)
    later = asked(chat, 3)
    first = asked(chat, 0)
    assert later[: len(first)] == first
    # The computed result word for word, so that the prefix is found again.
    assert later[len(first) : len(first) + 2] == asked(chat, 1)[len(first) : len(first) + 2]
    rest = later[len(first) + 2 :]
    assert [message.role for message in rest] == ["assistant", "tool", "assistant", "user"]
    assert texts_of(rest[0]) == call("image_zoom_in_tool", ZOOM)
    assert images_of(rest) == [] and "shown then" in texts_of(rest[1])
    assert texts_of(rest[2]) == "It is +21 µm."
    items = [item for frame in frames if frame["type"] == "evidence" for item in frame["items"]]
    assert [item["status"] for item in items] == ["computed"]
    await chat.answer("Really?", conversation_id=conversation)
    again = asked(chat, 4)
    assert again[: len(later)] == later


async def test_a_model_that_calls_no_tools_sees_none_and_its_text_is_left_alone(
    tmp_path: Path,
) -> None:
    service = FakeVisionService(window=32768)
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("plate", ["M6"])
        service.scripts = [["<tool_call> is ", "a tag "]]
        frames = await chat.answer(drawings=PLATE)
    assert text_of(frames) == "<tool_call> is a tag "
    (system, user) = asked(chat, 0)
    assert system.tools == () and "find_text" not in texts_of(system)
    assert "sheet_text" not in texts_of(user)


@pytest.mark.parametrize(
    ("setting", "window", "able", "told"),
    [
        ("auto", 32768, True, True),
        ("auto", 4096, True, False),
        ("auto", 32768, False, False),
        ("on", 4096, False, True),
        ("off", 32768, True, False),
    ],
)
async def test_the_setting_says_who_is_told_of_tools(
    tmp_path: Path, setting: str, window: int, able: bool, told: bool
) -> None:
    service = FakeVisionService(window=window, tools=able)
    async with open_chat(tmp_path, service, tools=setting) as chat:
        await chat.answer("Bore?")
    assert bool(asked(chat, 0)[0].tools) is told


def malformed(rng: random.Random) -> str:
    """A call as no tool takes it."""
    name = rng.choice(["limits_and_fits", "find_text", "image_zoom_in_tool", "convert", "rm", ""])
    values: Any = rng.choice(
        [None, [], 3, "x" * rng.randint(0, 5000), {"x": 1}, {"bbox_2d": [1, 2]}, {"query": ""},
         {"bbox_2d": ["a", None, 5, 1e9]}, {"designation": [[[[[[[[[1]]]]]]]]]},
         {"designation": "20 Q99"}, {"quantity": "\ud800", "unit": "\x00"}]
    )  # fmt: skip
    body = json.dumps({"name": name, "arguments": values})
    kind = rng.randrange(6)
    if kind == 0:
        body = body[: rng.randrange(len(body))]
    elif kind == 1:
        at = rng.randrange(len(body) + 1)
        body = (
            body[:at]
            + rng.choice(["{", "}", '"', "\\", ",", "NaN", "<tool_call>", "\ud83d"])
            + body[at:]
        )
    elif kind == 2:
        body = rng.choice(
            ["", "null", "find_text(H7)", "{'name': 'convert'}", "[" * 3000, "9" * 9000]
        )
    close = rng.choice(["</tool_call>", "</tool_call>", "\n</tool_call>\n", ""])
    return "<tool_call>" + body + close


async def answered(service: FakeVisionService, sheets: FakeSheets) -> list[Frame]:
    """The frames of one turn, without a database."""
    row = TurnRow("t", "c", "q", "a")
    turn = Turn("local", row, ask_id="c1", on_change=lambda *_: None)
    queue = RequestQueue(1, 1)
    queue.open()
    context = PromptBuilder(sheets, service, window=32768, most_images=16, tools="on")
    branch = [MessageRow("q", None, "user", "Bore?", "complete", None, PLATE)]
    views = [View("plate", 1)]
    job = TurnRunner(
        turn,
        service=service,
        queue=queue,
        build=lambda: context.build("local", branch, Sampling(max_tokens=2048)),
        evidence=lambda _: None,
        toolbox=lambda _: Toolbox(SheetTools(sheets, "local", ["plate"], views)),
    )
    await job.task
    return [json.loads(frame) for frame in turn.take().frames]


async def test_a_thousand_malformed_calls_end_in_orderly_turns() -> None:
    sheets = FakeSheets()
    sheets.add("plate", ["Ø38 H12", "M6"])
    rng = random.Random(5)  # noqa: S311
    calls = 0
    while calls < 1000:
        scripts: list[list[Step]] = []
        for _ in range(MOST_CALLS):
            answer = rng.choice(["", "I look. ", "Ø38 < 40 "]) + malformed(rng)
            cuts = sorted(rng.sample(range(len(answer) + 1), 3))
            scripts.append([answer[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)])
        service = FakeVisionService(window=32768)
        service.scripts = [*scripts, ["It is Ø38 H12."]]
        frames = await answered(service, sheets)
        check_order(frames)
        assert frames[-1]["type"] == "done"
        assert not any(tag in text_of(frames) for tag in FORMAT_TAGS)
        if not service.scripts:  # else two calls in one message used up a step
            assert text_of(frames).endswith("It is Ø38 H12.")
        ends = [frame for frame in tools_of(frames) if frame["state"] != "running"]
        assert [frame["state"] for frame in ends] == ["failed"] * len(ends)
        assert len(ends) == MOST_CALLS and all(frame["error"] for frame in ends)
        calls += len(ends)
