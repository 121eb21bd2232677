"""The prompt: its order, its budget, what is left out and what the person is told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.context_window import cut_points
from backend.chat.prompt.page_selection import choose_pages
from backend.chat.prompt.prompt_builder import PromptBuilder
from backend.chat.prompt.prompt_sheets import Attachment
from backend.drawing import PageInfo, TextItem
from backend.errors import ContextTooLong
from backend.evidence.index.zone_names import named_zones
from backend.geometry import Box
from backend.model.service import ImagePart, Message, Sampling, TextPart
from backend.storage.messages import MessageRow
from tests.fakes import FakeSheets, FakeVisionService, image, images_of, texts_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def sheets() -> FakeSheets:
    shelf = FakeSheets()
    shelf.add("plate", ["Ø38 H12", "M6", "1.4301"])
    shelf.add(
        "gear",
        ["Assembly", "Scale 1:2"],
        ["Shaft", "Ø20 h6", "keyway"],
        ["Housing", "bearing seat Ø47"],
        ["Cover", "gasket"],
    )
    return shelf


def builder(
    sheets: FakeSheets, *, window: int = 4096, images: int = 16
) -> tuple[PromptBuilder, FakeVisionService]:
    service = FakeVisionService(window=window)
    return PromptBuilder(sheets, service, window=window, most_images=images), service


def chat(*turns: tuple[str, str] | tuple[str, str, list[dict[str, Any]]], last: Any) -> list[Any]:
    """A branch: questions with answers, then the question `last` (text, attachments)."""
    branch = []
    for number, (question, answer, *attached) in enumerate(turns):
        drawings = attached[0] if attached else []
        branch.append(MessageRow(f"q{number}", None, "user", question, "complete", None, drawings))
        branch.append(MessageRow(f"a{number}", None, "assistant", answer, "complete"))
    text, drawings = last if isinstance(last, tuple) else (last, [])
    return [*branch, MessageRow("q", None, "user", text, "complete", None, drawings)]


PLATE: list[dict[str, Any]] = [{"id": "plate", "page": 1}]
GEAR: list[dict[str, Any]] = [{"id": "gear"}]


def parts_of(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    """Role and words or key of every part, in order."""
    return [
        (message.role, part.text if isinstance(part, TextPart) else part.key)
        for message in messages
        for part in message.parts
    ]


def is_beginning(first: tuple[Message, ...], second: tuple[Message, ...]) -> bool:
    """Whether `second` begins with all parts of `first`."""
    one, other = parts_of(first), parts_of(second)
    return other[: len(one)] == one


FRAME = [
    *(TextItem(str(column + 1), Box(90.0 + 250 * column, y, 10, 20))
      for column in range(4) for y in (5.0, 775.0)),
    *(TextItem("ABC"[row], Box(x, 110.0 + 260 * row, 10, 20))
      for row in range(3) for x in (5.0, 985.0)),
]  # fmt: skip


async def test_a_zone_of_the_frame_comes_with_its_picture_and_its_text(sheets: FakeSheets) -> None:
    inside = TextItem("Ø8 H7", Box(600, 400, 60, 20))
    outside = TextItem("R5", Box(200, 400, 60, 20))
    sheets.texts["plate", 1] = [*FRAME, inside, outside]
    context, _ = builder(sheets)
    for branch in (
        chat(last=("What is in B3?", PLATE)),
        chat(("What is it?", "A plate.", PLATE), last="And what is in zone b3?"),
    ):
        built = await context.build("local", branch, Sampling())
        asked = texts_of(built.messages[-1])
        zone = asked[asked.index("Zone B3 of the frame") :]
        assert "Ø8 H7" in zone
        assert "R5" not in zone
        regions = [one.region for one in built.shown if one.kind == "region"]
        assert regions == [(470.0, 250.0, 250.0, 260.0)]


@pytest.mark.parametrize("question", ["What is in D3?", "Is R5 the radius?", "Ø8 H7 B3"])
async def test_no_zone_comes_where_none_is_asked_after(sheets: FakeSheets, question: str) -> None:
    sheets.texts["plate", 1] = [*FRAME, TextItem("R5", Box(200, 400, 60, 20))]
    context, _ = builder(sheets)
    built = await context.build("local", chat(last=(question, PLATE)), Sampling())
    assert "of the frame" not in texts_of(built.messages[-1])


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What is in C4?", ["C4"]),
        ("what stands in zone c-4 and in B12?", ["C4", "B12"]),
        ("Was steht im Feld C4?", ["C4"]),
        ("Was ist in C4?", ["C4"]),
        ("C4에 무엇이 있습니까?", ["C4"]),
        ("구역 C4", ["C4"]),
        ("In C4, C4 and in C4", ["C4"]),
        ("Is the thread M6 deep enough?", []),
        ("Which is the fit Ø20 H7?", []),
        ("Print it in A4 format", []),
        ("cut in M6x1", []),
        ("in 3D", []),
        ("", []),
    ],
)
def test_zones_that_a_question_names(question: str, names: list[str]) -> None:
    assert named_zones(question, 4) == names


async def test_the_order_of_a_first_question(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    built = await context.build("local", chat(last=("Bore?", PLATE)), Sampling())
    system, user = built.messages
    assert texts_of(system) == prompt.SYSTEM_TEXT
    text = texts_of(user)
    places = [
        text.index(piece)
        for piece in ("“plate.pdf”", "[picture]", prompt.SHEET_NOTE, "Ø38 H12", "M6", "Bore?")
    ]
    assert places == sorted(places)
    assert text.endswith("Bore?")
    assert images_of(built.messages) == [image("plate.1").key]
    assert built.images[image("plate.1").key].width == 64


@pytest.mark.parametrize(("window", "counts"), [(100_000, 0), (4096, 1)])
async def test_only_what_might_not_fit_is_counted(
    sheets: FakeSheets, window: int, counts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, service = builder(sheets, window=window)
    calls, count = [], service.count_tokens

    async def counted(messages: Any, images: Any) -> Any:
        calls.append(messages)
        return await count(messages, images)

    monkeypatch.setattr(service, "count_tokens", counted)
    question = chat(last=("words " * 500, PLATE))
    built = await context.build("local", question, Sampling(max_tokens=64))
    assert built.sampling.max_tokens == 64
    assert sum(call == built.messages for call in calls) == counts


def test_the_constant_note_is_longer_than_a_block_of_the_cache() -> None:
    # Words are fewer than tokens in every tokenizer.
    assert len(prompt.SHEET_NOTE.split()) >= 128


async def test_prefill_is_the_beginning_of_a_first_question(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    prefilled = await context.prefill("local", [Attachment("plate", 1)])
    region = [{"id": "plate", "page": 1, "region": [0, 0, 300, 100]}]
    for drawings in (PLATE, [{"id": "plate"}], region):
        built = await context.build("local", chat(last=("Bore?", drawings)), Sampling())
        assert is_beginning(prefilled.messages, built.messages)
    whole = await context.prefill("local", [Attachment("gear", 1)])
    built = await context.build("local", chat(last=("Which keyway?", GEAR)), Sampling())
    assert is_beginning(whole.messages, built.messages)


async def test_each_prompt_begins_as_the_one_before_it(sheets: FakeSheets) -> None:
    context, _ = builder(sheets, window=32768)
    turns = [
        ("Bore?", "Ø38.", PLATE),
        ("And here?", "M6.", [{"id": "plate", "page": 1, "region": [0, 0, 300, 100]}]),
        ("Which keyway?", "On page 2.", GEAR),
        ("The gasket?", "On the cover.", GEAR),
        ("Thanks", "Sure."),
    ]
    prompts = [
        (
            await context.build(
                "local", chat(*turns[:number], last=(turn[0], turn[2:] and turn[2])), Sampling()
            )
        ).messages
        for number, turn in enumerate(turns)
    ]
    for before, after in pairwise(prompts):
        assert is_beginning(before, after)
    keys = images_of(prompts[-1])
    assert len(keys) == len(set(keys)) == 5  # each sheet once, one region, two chosen pages


async def test_a_region_comes_with_the_question_and_its_own_text(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    region = [{"id": "plate", "page": 1, "region": [0, 30, 400, 50]}]  # only the second line
    built = await context.build("local", chat(last=("What is this?", region)), Sampling())
    text = texts_of(built.messages[-1])
    tail = text.split("Region of")[1]
    assert "M6" in tail
    assert "Ø38" not in tail
    assert images_of(built.messages) == [
        image("plate.1").key,
        image("plate.1@0,30,400,50").key,
    ]


async def test_a_region_far_over_the_edges_is_where_it_lies_on_the_sheet(
    sheets: FakeSheets,
) -> None:
    context, _ = builder(sheets)
    region = [{"id": "plate", "page": 1, "region": [0, 0, 1e308, 1e308]}]
    built = await context.build("local", chat(last=("What is this?", region)), Sampling())
    assert "x 0 to 1000, y 0 to 1000 in thousandths" in texts_of(built.messages[-1])


async def test_all_pages_first_by_picture_others_by_text_and_those_that_matter(
    sheets: FakeSheets,
) -> None:
    context, _ = builder(sheets)
    built = await context.build(
        "local", chat(last=("Which keyway has the shaft?", GEAR)), Sampling()
    )
    assert images_of(built.messages) == [image("gear.1").key, image("gear.2").key]
    text = texts_of(built.messages[-1])
    assert "bearing seat Ø47" in text
    assert any("page 2" in note and "point there" in note for note in built.notes)
    assert any("pages 2 to 4 by their text" in note for note in built.notes)


async def test_of_a_long_document_any_page_may_be_chosen(sheets: FakeSheets) -> None:
    sheets.add("book", *([f"Page of part {n}"] for n in range(1, 200)), ["Gudgeon pin Ø12"])
    context, _ = builder(sheets, window=32_768)
    asked = chat(last=("How thick is the gudgeon pin?", [{"id": "book"}]))
    built = await context.build("local", asked, Sampling())
    assert [one.page for one in built.shown if one.kind == "overview"] == [1, 200]
    text = texts_of(built.messages[-1])
    assert "Gudgeon pin Ø12" in text.partition("part 64")[2]
    assert "part 65" not in text
    assert Attachment("book", 200) in built.attachments
    assert any("pages after 64" in note for note in built.notes)


async def test_a_page_text_within_its_budget_is_the_same_for_every_question() -> None:
    page = PageInfo(1, 1000, 1000, "vector")
    items = [TextItem(f"value {n}", Box(10, 10.0 * n, 50, 8)) for n in range(50)]
    whole, left = prompt.sheet_text(items, page, 1000)
    assert (whole.count("\n"), left) == (50, 0)
    assert whole.startswith("35 4 value 0\n")
    short, left = prompt.sheet_text(items, page, 100)
    assert short.startswith("value 0\nvalue 1\n")
    assert short.count("\n") + left == 50
    assert len(short) <= 200


async def test_a_sheet_that_was_cut_is_told(sheets: FakeSheets) -> None:
    sheets.add("dense", [f"dimension number {n}" for n in range(400)])
    context, _ = builder(sheets)
    built = await context.build("local", chat(last=("?", [{"id": "dense"}])), Sampling())
    assert any("of 400 text items were left out" in note for note in built.notes)


async def test_the_note_says_what_the_model_saw(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    built = await context.build("local", chat(last=("?", PLATE)), Sampling())
    assert built.notes == (
        "“plate.pdf”, page 1: the whole sheet (1000×800 pixels) as an overview of 64×64.",
    )
    again = await context.build("local", chat(("?", "!", PLATE), last=("?", PLATE)), Sampling())
    assert again.notes == ()


async def test_what_is_given_is_told_with_size_and_tokens(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    region = [{"id": "plate", "page": 1, "region": [0, 30, 400, 50]}]
    branch = chat(("Which keyway?", "Page 2.", GEAR), last=("?", region))
    built = await context.build("local", branch, Sampling())
    assert [(one.kind, one.drawing, one.page, one.region, one.width) for one in built.shown] == [
        ("overview", "gear", 1, None, 64),
        ("text", "gear", 1, None, None),
        ("text", "gear", 2, None, None),
        ("text", "gear", 3, None, None),
        ("text", "gear", 4, None, None),
        ("overview", "gear", 2, None, 64),
        ("overview", "plate", 1, None, 64),
        ("text", "plate", 1, None, None),
        ("region", "plate", 1, (0, 30, 400, 50), 64),
        ("text", "plate", 1, (0, 30, 400, 50), None),
    ]
    images = [one for one in built.shown if one.kind != "text"]
    assert len(images) == len(images_of(built.messages))
    assert {one.tokens for one in images} == {4}
    # “350 50 Ø38 H12” and so on: as the engine counts words.
    assert built.shown[7].tokens == len("200 12 Ø38 H12 200 62 M6 200 112 1.4301".split())


async def test_text_without_room_and_exchanges_left_out_are_told(sheets: FakeSheets) -> None:
    sheets.add("dense", [f"dimension number {n}" for n in range(400)])
    context, _ = builder(sheets)
    built = await context.build("local", chat(last=("?", [{"id": "dense"}])), Sampling())
    assert built.shown[1].left_out == 400 - len(texts_of(built.messages[1]).split("number")) + 1
    small, _ = builder(sheets, window=1024)
    region = [{"id": "plate", "page": 1, "region": [0, 30, 400, 50]}]
    branch = chat(("?", "word " * 600, region), last="And now?")
    cut = await small.build("local", branch, Sampling())
    assert [one.kind for one in cut.shown] == ["overview", "text"]


async def test_max_tokens_is_clamped_to_the_room(sheets: FakeSheets) -> None:
    context, service = builder(sheets)
    built = await context.build("local", chat(last="word " * 3800), Sampling(max_tokens=2048))
    size = await service.count_tokens(built.messages, built.images)
    assert built.sampling.max_tokens == 4096 - size.tokens
    small = await context.build("local", chat(last="?"), Sampling(max_tokens=7))
    assert small.sampling.max_tokens == 7


@pytest.mark.fault(25)
@pytest.mark.parametrize("extra", [0, 1])
async def test_only_a_prompt_that_does_not_fit_is_refused(extra: int) -> None:
    context, service = builder(FakeSheets(), window=2048)
    empty = await service.count_tokens(
        (await context.build("local", chat(last="x"), Sampling())).messages, {}
    )
    words = "word " * (2048 - empty.tokens + extra)
    if extra:
        with pytest.raises(ContextTooLong, match=r"2,048 tokens.*2,048"):
            await context.build("local", chat(last=words), Sampling())
    else:
        built = await context.build("local", chat(last=words), Sampling())
        assert built.sampling.max_tokens == 1


async def test_a_short_window_gives_up_exchanges_never_drawings_or_the_question(
    sheets: FakeSheets,
) -> None:
    context, service = builder(sheets, window=2048)
    turns: list[Any] = [("Bore?", "Ø38.", PLATE)]
    turns += [(f"Question {n}? " + "word " * 60, f"Answer {n}.") for n in range(40)]
    built = await context.build("local", chat(*turns, last="The newest?"), Sampling())
    size = await service.count_tokens(built.messages, built.images)
    assert size.tokens + 256 <= 2048
    assert images_of(built.messages) == [image("plate.1").key]
    first = texts_of(built.messages[1])
    assert "Ø38 H12" in first
    assert "Bore?" not in first
    assert prompt.LEFT_OUT in first
    assert texts_of(built.messages[-1]) == "The newest?"
    assert any("questions and answers were left out" in note for note in built.notes)
    assert [message.role for message in built.messages[1:]][::2] == ["user"] * (
        len(built.messages) // 2
    )


async def test_a_long_chat_changes_its_beginning_rarely(sheets: FakeSheets) -> None:
    context, _ = builder(sheets, window=2048)
    turns: list[Any] = [("Bore?", "Ø38.", PLATE)]
    beginnings = []
    for number in range(60):
        built = await context.build("local", chat(*turns, last=f"Question {number}?"), Sampling())
        beginnings.append(parts_of(built.messages[:2]))
        turns.append((f"Question {number}?", "word " * 40))
    changes = sum(one != other for one, other in pairwise(beginnings))
    assert 1 <= changes <= 10


async def test_too_many_pictures_give_up_old_regions_first(sheets: FakeSheets) -> None:
    context, _ = builder(sheets, window=32768, images=4)
    turns = [
        (f"{n}?", "word " * 3000, [{"id": "plate", "page": 1, "region": [n, 0, 300, 100]}])
        for n in range(6)
    ]
    built = await context.build("local", chat(*turns, last=("And?", PLATE)), Sampling())
    keys = images_of(built.messages)
    assert len(keys) <= 4
    assert keys[0] == image("plate.1").key
    for number in range(5):
        sheets.add(f"d{number}")
    many = [{"id": f"d{number}", "page": 1} for number in range(5)]
    with pytest.raises(ContextTooLong, match="5 images"):
        await context.build("local", chat(last=("?", many)), Sampling())


async def test_a_failed_exchange_is_left_out_but_its_drawing_stays(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    built = await context.build("local", chat(("Bore?", "", PLATE), last="Again?"), Sampling())
    assert len(built.messages) == 2
    assert "Ø38 H12" in texts_of(built.messages[1])
    assert "Bore?" not in texts_of(built.messages[1])


async def test_a_deleted_drawing_is_said(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    branch = chat(("Bore?", "Ø38.", PLATE), last="And?")
    sheets.shelf.clear()
    built = await context.build("local", branch, Sampling())
    assert prompt.GONE in texts_of(built.messages[1])
    assert images_of(built.messages) == []


@pytest.mark.fault(50)
async def test_another_owners_drawing_is_not_shown(sheets: FakeSheets) -> None:
    context, _ = builder(sheets)
    built = await context.build("other", chat(last=("Bore?", PLATE)), Sampling())
    assert "Ø38" not in "".join(texts_of(message) for message in built.messages)
    assert not any(isinstance(part, ImagePart) for m in built.messages for part in m.parts)


@given(st.lists(st.integers(1, 2000), max_size=60), st.integers(1, 2000))
def test_cuts_are_coarse_and_stay_when_a_chat_grows(sizes: list[int], more: int) -> None:
    points = cut_points(sizes, 4096)
    grown = cut_points([*sizes, more], 4096)
    assert points[0] == 0
    assert points[-1] == len(sizes)
    assert points == sorted(set(points))
    assert points[:-1] == [point for point in grown if point < len(sizes)][: len(points) - 1]
    for begin, end in pairwise(points[:-1]):
        assert sum(sizes[begin:end]) >= 1024


@pytest.mark.parametrize(
    ("question", "pages"),
    [
        ("Which keyway?", [2]),
        ("Bearing seat and gasket?", [3, 4]),
        ("What is on page 4?", [4]),
        ("Blatt 3 bitte", [3]),
        ("page 99?", []),
        ("Ø?", []),
        ("the of and", []),
        ("h6", [2]),
    ],
)
def test_pages_are_chosen_by_rare_words_and_by_number(question: str, pages: list[int]) -> None:
    texts = {
        1: ["Assembly the of and"],
        2: ["Shaft the of and", "Ø20 h6", "keyway"],
        3: ["Housing the of and", "bearing seat Ø47"],
        4: ["Cover the of and", "gasket"],
    }
    assert choose_pages(question, texts, 2) == pages


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Largest  bore?\n", "Largest bore?"),
        ("x" * 100, "x" * 60 + "…"),
        ("word " * 30, "word word word word word word word word word word word word…"),
    ],
)
def test_a_title_is_the_beginning_of_the_question(question: str, title: str) -> None:
    assert prompt.title_of(question) == title
