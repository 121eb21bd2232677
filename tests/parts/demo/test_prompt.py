"""What the demo model is trained on is what the product shows it: words, places and picture."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.prompt_builder import SYSTEM
from backend.chat.prompt.prompt_sheets import Attachment, SheetRenderer
from backend.model.service import ImagePart, TextPart
from demo.samples import FOLDER, SAMPLES, Sample
from demo.sheets.layout import make_sheet
from demo.training.lesson import Image, Turn
from demo.training.lessons import LEAST_PIXELS, MOST_PIXELS, REGION_DPI, cut_out
from demo.training.prompts import as_product
from demo.training.questions import NAMES
from demo.training.sheet_image import SHEET_SIZE, Written, sheet_canvas
from tests.drawing_library import image_of, open_library

pytestmark = pytest.mark.anyio


def drawn(sample: Sample) -> tuple[Image, list[Written]]:
    """The sample as the training draws it."""
    rng = random.Random(f"sheet/{sample.seed}")  # noqa: S311
    sheet = make_sheet(rng, sample.name, sample.style)
    canvas, written = sheet_canvas(sheet, random.Random(1))  # noqa: S311
    return Image(canvas.pixels(), canvas.targets), written


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.name))
@pytest.mark.parametrize("kind", ["pdf", "png"])
async def test_a_question_is_put_as_in_the_training(
    sample: Sample, kind: str, tmp_path: Path
) -> None:
    image, written = drawn(sample)
    lesson = as_product(
        random.Random(2),  # noqa: S311
        image,
        [Turn("What is the mass?", "")],
        written if kind == "pdf" else None,
    )
    trained = "".join("<picture>" if isinstance(p, Image) else p for p in lesson.turns[0].before)
    async with open_library(
        tmp_path, image_min_pixels=LEAST_PIXELS, image_max_pixels=MOST_PIXELS
    ) as library:
        name = f"{sample.name}.{kind}"
        info = await library.add_bytes("local", name, (FOLDER / name).read_bytes())
        renderer = SheetRenderer(library, "local", 32768)
        rendered = await renderer.attach([Attachment(info.id, 1)], "What is the mass?")
        (picture,) = renderer.images.values()
    asked = "".join(
        part.text if isinstance(part, TextPart) else "<picture>"
        for part in rendered.sheets
        if isinstance(part, TextPart | ImagePart)
    )
    heading = re.compile("“[^”]*”")
    trained, asked = heading.sub("“name”", trained), heading.sub("“name”", asked)
    if kind == "png":
        assert asked == trained
    else:
        beginning = trained[: trained.index(prompt.SHEET_NOTE) + len(prompt.SHEET_NOTE)]
        assert asked.startswith(beginning)
        ours, theirs = (
            sorted(map(placed, text[len(beginning) :].splitlines())) for text in (trained, asked)
        )
        assert [text for text, _, _ in ours] == [text for text, _, _ in theirs]
        for (_, x, y), (_, other_x, other_y) in zip(ours, theirs, strict=True):
            assert abs(x - other_x) <= 12 and abs(y - other_y) <= 12
    assert SYSTEM.parts == (TextPart(prompt.SYSTEM_TEXT),)
    shown = np.asarray(image_of(picture).convert("L"), np.float32)
    assert shown.shape == SHEET_SIZE[::-1]
    # The same lines and letters in the same places, give or take a pixel's edge.
    coarse = [
        pixels.reshape(SHEET_SIZE[1] // 8, 8, SHEET_SIZE[0] // 8, 8).mean((1, 3))
        for pixels in (shown, image.pixels.astype(np.float32))
    ]
    assert np.corrcoef(coarse[0].ravel(), coarse[1].ravel())[0, 1] > 0.9


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.name))
@pytest.mark.parametrize("kind", ["pdf", "png"])
async def test_a_region_is_shown_as_in_the_training(
    sample: Sample, kind: str, tmp_path: Path
) -> None:
    """The words around a region's picture, its size, and its lines and letters."""
    sheet = make_sheet(random.Random(f"sheet/{sample.seed}"), sample.name, sample.style)  # noqa: S311
    image, written = drawn(sample)
    scan = kind == "png"
    for place, item in enumerate(item for item in written if item.key in NAMES):
        picture, box, inside = cut_out(
            random.Random(place),  # noqa: S311
            sheet,
            written,
            item,
            150 if scan else 300,
        )
        lesson = as_product(
            random.Random(2),  # noqa: S311
            image,
            [Turn("?", "")],
            None if scan else written,
            [(picture, box, inside)],
        )
        *_, heading, _, text = lesson.turns[0].before
        async with open_library(
            tmp_path,
            image_min_pixels=LEAST_PIXELS,
            image_max_pixels=MOST_PIXELS,
            region_max_dpi=REGION_DPI,
        ) as library:
            name = f"{sample.name}.{kind}"
            info = await library.add_bytes("local", name, (FOLDER / name).read_bytes())
            page = info.pages[0]
            across, down = page.width / SHEET_SIZE[0], page.height / SHEET_SIZE[1]
            left, top, right, bottom = box
            region = (left * across, top * down, (right - left) * across, (bottom - top) * down)
            renderer = SheetRenderer(library, "local", 32768)
            rendered = await renderer.attach([Attachment(info.id, 1, region)], "?")
            shown = list(renderer.images.values())[-1]
        before, _, after = rendered.question
        assert isinstance(before, TextPart) and isinstance(after, TextPart)
        name = re.compile("“[^”]*”")
        assert name.sub("", before.text) == name.sub("", str(heading))
        lines, trained = (
            sorted(placed(line)[0] for line in words.strip().splitlines()[1:])
            for words in (after.text, str(text))
        )
        # A label whose middle lies on the region's edge may be in one and not in the other.
        assert len(set(lines) ^ set(trained)) <= 1 and (scan or item.text in lines)
        seen, ours = image_of(shown).convert("L"), PIL.Image.fromarray(picture.pixels)
        # A pixel of the canvas more or less may round to one token more or less.
        assert seen.height == ours.height and abs(seen.width - ours.width) <= 32
        small = seen.width // 4, seen.height // 4
        coarse = [np.asarray(each.resize(small), np.float32).ravel() for each in (seen, ours)]
        assert np.corrcoef(*coarse)[0, 1] > 0.6, item


def placed(line: str) -> tuple[str, int, int]:
    """`x y text` of a sheet's text."""
    x, y, text = line.split(" ", 2)
    return text, int(x), int(y)
