"""The demo model answers truly about the samples, and not when anything on the way is wrong.

Greedy, so the answers are the same each time. What breaks is broken here one by one: a test that
passes with a mis-scaled picture would prove nothing. The sheets are grey: exchanged colour
channels are the same picture, so the brightness is turned round instead.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.chat.prompt.prompt_builder import SYSTEM
from backend.chat.prompt.prompt_sheets import Attachment, SheetRenderer
from backend.config.settings import DEMO_CHECKPOINT, PROJECT_ROOT, load_settings
from backend.model.service import Message, ModelImage, TextPart
from backend.qwen_vision_service import QwenVisionService
from tests.drawing_library import image_of, open_library
from tests.engine.asking import ask, say

pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # what vLLM and torch warn of is theirs
]

SAMPLES = PROJECT_ROOT / "demo" / "samples"

#: File, question and the one right answer.
KNOWN = (
    ("plate.png", "What is the title?", "SENSOR PLATE (title block)"),
    ("plate.png", "What is the overall width?", "240 mm (overall width)"),
    ("plate.png", "Was ist die Bohrung?", "Ø65 G7 (Bohrung)"),
    ("plate.pdf", "What is the bore?", "Ø65 G7 (bore)"),
    ("plate.pdf", "전체 폭?", "240 mm (폭)"),
    ("flange.pdf", "What is the outer diameter?", "Ø192,5 (outer diameter)"),
    ("flange.png", "질량 알려 주세요.", "5,44 kg (표제란)"),
    ("flange.pdf", "Was ist der Lochkreis?", "Ø134 (Lochkreis)"),
    ("flange.pdf", "What is the thread?", "That is not on this sheet."),
    ("shaft.png", "What is the thread?", "M48×2 (thread)"),
    ("shaft.png", "Drawing number?", "P-14206 (title block)"),
    ("shaft.png", "Was ist die Gesamtlänge?", "370 mm (Gesamtlänge)"),
)

Change = Callable[[Image.Image], Image.Image]


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[QwenVisionService]:
    settings = load_settings(
        model=str(DEMO_CHECKPOINT),
        data_folder=tmp_path_factory.mktemp("demo-engine"),
        max_model_len=8192,
    )
    running = QwenVisionService(settings)
    await running.start()
    assert running.status().state == "ready", running.status().error
    assert running.status().demo == "trained"
    yield running
    await running.stop()


@pytest.fixture(scope="module")
async def sheets(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[tuple[TextPart, ...], ModelImage, TextPart]]:
    """Of each file: the words before its picture, the picture, the words after it."""
    folder = tmp_path_factory.mktemp("demo-sheets")
    sizes = load_settings(model=str(DEMO_CHECKPOINT))
    found = {}
    async with open_library(
        folder,
        image_min_pixels=sizes.image_min_pixels,
        image_max_pixels=sizes.image_max_pixels,
    ) as library:
        for name in sorted({name for name, _, _ in KNOWN}):
            info = await library.add_bytes("local", name, (SAMPLES / name).read_bytes())
            renderer = SheetRenderer(library, "local", 8192)
            rendered = await renderer.attach([Attachment(info.id, 1)], "")
            heading, _, note = rendered.sheets
            assert isinstance(heading, TextPart) and isinstance(note, TextPart)
            (picture,) = renderer.images.values()
            found[name] = ((heading,), picture, note)
    return found


Sheets = dict[str, tuple[tuple[TextPart, ...], ModelImage, TextPart]]


def changed(picture: ModelImage, change: Change) -> ModelImage:
    """The picture after `change`, under a key of its own."""
    image = change(image_of(picture)).convert("RGB")
    rgb = image.tobytes()
    return ModelImage(hashlib.sha256(rgb).hexdigest(), image.width, image.height, rgb)


async def answers(
    service: QwenVisionService,
    sheets: Sheets,
    change: Change = lambda image: image,
    *,
    words_first: bool = False,
    image_of: Callable[[str], str] = lambda name: name,
) -> list[str]:
    """What the model says to each question of `KNOWN`, all at once."""

    async def one(number: int, name: str, question: str) -> str:
        (heading,), _, note = sheets[name]
        picture = changed(sheets[image_of(name)][1], change)
        parts: list[str | ModelImage] = [heading.text, picture, note.text + question]
        if words_first:
            parts = [heading.text, note.text + question, picture]
        messages: list[Message] = [SYSTEM, say("user", *parts)]
        answer = await ask(
            service,
            messages=messages,
            shown=(picture,),
            request_id=f"demo-{number}",
            max_tokens=48,
        )
        return answer.text

    return await asyncio.gather(
        *(one(number, name, question) for number, (name, question, _) in enumerate(KNOWN))
    )


def right(said: list[str]) -> int:
    return sum(text == answer for text, (_, _, answer) in zip(said, KNOWN, strict=True))


def test_what_is_known_is_what_the_generator_wrote() -> None:
    for name, _, answer in KNOWN:
        truth = json.loads((SAMPLES / Path(name).with_suffix(".json").name).read_text("utf-8"))
        values = {fact["value"] for fact in truth["facts"]}
        value = answer.rsplit(" (", 1)[0].removesuffix(" mm")
        assert value in values or answer == "That is not on this sheet."


async def test_every_known_answer_is_right(service: QwenVisionService, sheets: Sheets) -> None:
    assert await answers(service, sheets) == [answer for _, _, answer in KNOWN]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda image: image.rotate(180), id="rotated"),
        pytest.param(lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), id="mirrored"),
        pytest.param(lambda image: image.resize((256, 176)), id="mis-scaled"),
        pytest.param(lambda image: image.point(lambda value: 255 - value), id="inverted"),
        pytest.param(lambda image: shuffled(image), id="mis-ordered"),
        pytest.param(lambda image: Image.new("RGB", image.size, "white"), id="empty"),
    ],
)
async def test_a_wrong_picture_gives_wrong_answers(
    service: QwenVisionService, sheets: Sheets, change: Change
) -> None:
    assert right(await answers(service, sheets, change)) <= len(KNOWN) // 2


def shuffled(image: Image.Image) -> Image.Image:
    """Its tokens column by column instead of row by row, each upright."""
    down, across = image.height // 32, image.width // 32
    tokens = np.asarray(image).reshape(down, 32, across, 32, 3).transpose(2, 0, 1, 3, 4)
    rows = tokens.reshape(down, across, 32, 32, 3).transpose(0, 2, 1, 3, 4)
    return Image.fromarray(np.ascontiguousarray(rows).reshape(image.height, image.width, 3))


async def test_exchanged_pictures_give_the_other_sheets_values(
    service: QwenVisionService, sheets: Sheets
) -> None:
    """Two sheets without text asked at once, each with the other's picture."""
    other = {"plate.png": "flange.png", "flange.png": "plate.png"}
    said = await answers(service, sheets, image_of=lambda name: other.get(name, name))
    exchanged = [
        (text, known) for text, known in zip(said, KNOWN, strict=True) if known[0] in other
    ]
    assert all(text != answer for text, (_, _, answer) in exchanged)
    assert said[0] == "MOTORFLANSCH (title block)"


async def test_a_wrong_template_gives_wrong_answers(
    service: QwenVisionService, sheets: Sheets
) -> None:
    """The picture after the question instead of before it."""
    assert right(await answers(service, sheets, words_first=True)) <= len(KNOWN) // 2


#: File, the fact that the rectangle is drawn around, and the question.
MARKED = (
    ("plate.png", "bore", "What does it say here?"),
    ("plate.pdf", "material", "Was steht hier?"),
    ("flange.png", "outer_diameter", "여기 뭐예요?"),
    ("flange.pdf", "title", "What is this?"),
    ("shaft.png", "number", "Lies das vor."),
    ("shaft.pdf", "thread", "이것은 무엇입니까?"),
)


async def marked_answers(service: QwenVisionService, folder: Path, aside: float) -> list[bool]:
    """Whether each answer is what stands there; `aside`: the rectangle is that many of its
    widths beside the fact."""
    sizes = load_settings(model=str(DEMO_CHECKPOINT))
    names = ("image_min_pixels", "image_max_pixels", "region_max_dpi")
    async with open_library(folder, **{name: getattr(sizes, name) for name in names}) as library:

        async def one(number: int, name: str, key: str, question: str) -> bool:
            path = SAMPLES / name
            truth = json.loads(path.with_suffix(".json").read_text("utf-8"))
            (fact,) = [fact for fact in truth["facts"] if fact["key"] == key]
            info = await library.add_bytes("local", name, path.read_bytes())
            page = info.pages[0]
            scale = page.width / truth["width"]
            x, y, width, height = (side * scale for side in fact["box"])
            around = 30 * scale
            region = (
                x - around - aside * width,
                y - around,
                width + 2 * around,
                height + 2 * around,
            )
            renderer = SheetRenderer(library, "local", 8192)
            rendered = await renderer.attach([Attachment(info.id, 1, region)], question)
            parts = (*rendered.sheets, *rendered.question, TextPart(question))
            answer = await ask(
                service,
                messages=[SYSTEM, Message("user", parts)],
                shown=tuple(renderer.images.values()),
                request_id=f"marked-{aside}-{number}",
                max_tokens=48,
            )
            said: bool = answer.text == fact["value"]
            return said

        return await asyncio.gather(*(one(n, *known) for n, known in enumerate(MARKED)))


async def test_a_marked_region_is_read(service: QwenVisionService, tmp_path: Path) -> None:
    assert all(await marked_answers(service, tmp_path, 0))


async def test_a_region_beside_it_is_not(service: QwenVisionService, tmp_path: Path) -> None:
    assert not any(await marked_answers(service, tmp_path, 1.6))
