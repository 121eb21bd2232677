"""“What is in C4?” on generated and real sheets: the zone by the frame's letters, in the prompt."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from backend.chat.prompt.prompt_builder import PromptBuilder
from backend.chat.prompt.prompt_report import Shown
from backend.drawing import DrawingInfo
from backend.drawings.library import DrawingLibrary
from backend.geometry import Box
from backend.model.service import Message, Sampling
from backend.storage.messages import MessageRow
from demo.sheets.dxf import to_dxf
from demo.sheets.layout import make_sheet
from demo.sheets.pdf import to_pdf
from demo.sheets.shapes import Lettering
from demo.sheets.sheet import Sheet
from demo.sheets.title_block import LEFT_MARGIN, MARGIN
from tests.drawing_library import open_library
from tests.fakes import FakeVisionService, texts_of

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("zones")) as library:
        yield library


async def asked(
    library: DrawingLibrary, info: DrawingInfo, question: str
) -> tuple[str, Sequence[Shown]]:
    """What the model is given of the zone, and what the person is told that it saw."""
    context = PromptBuilder(
        library, FakeVisionService(window=65_536), window=65_536, most_images=16
    )
    row = MessageRow("q", None, "user", question, "complete", None, [{"id": info.id, "page": 1}])
    built = await context.build("local", [row], Sampling())
    text = _text(built.messages)
    return text[text.index(" of the frame. Region") :], [
        one for one in built.shown if one.kind == "region"
    ]


def _text(messages: Sequence[Message]) -> str:
    return texts_of(messages[-1])


def zone_of(sheet: Sheet, x: float, y: float) -> tuple[str, float]:
    """The zone of a point as the frame is divided, and how far the nearest edge is (mm)."""
    width, height = sheet.width - MARGIN - LEFT_MARGIN, sheet.height - 2 * MARGIN
    columns, rows = (max(2, round(side / 50 / 2) * 2) for side in (width, height))
    across, down = (x - LEFT_MARGIN) / width * columns, (sheet.height - MARGIN - y) / height * rows
    edges = [abs(across - round(across)) * width / columns, abs(down - round(down)) * height / rows]
    return f"{'ABCDEFGHJKLM'[int(down)]}{int(across) + 1}", min(edges)


@pytest.mark.parametrize(("seed", "paper"), [(1, "A3"), (2, "A4"), (3, "A3"), (4, "A4"), (5, "A3")])
async def test_every_text_is_found_in_its_zone(
    library: DrawingLibrary, seed: int, paper: str
) -> None:
    sheet = make_sheet(random.Random(f"sheet/{seed}"), paper=paper)  # type: ignore[arg-type]  # noqa: S311
    data, _ = to_pdf(to_dxf(sheet), sheet.width, sheet.height, sheet.style.font, "zones.pdf")
    info = await library.add_bytes("local", f"{seed}.pdf", data)
    texts = [one for one in sheet.shapes if isinstance(one, Lettering) and len(one.text) > 3]
    zones = [(one.text, *zone_of(sheet, *one.at)) for one in texts if one.anchor == "left"]
    # A text's middle is to the right of where it begins: take short ones far from an edge.
    clear = [(text, zone) for text, zone, apart in zones if apart > 2.5 * len(text)]
    assert clear
    for text, zone in clear[:4]:
        said, shown = await asked(library, info, f"What is in {zone}?")
        assert text in said
        assert len(shown) == 1


async def test_a_real_sheet_counts_from_the_right_and_from_below(
    library: DrawingLibrary, sample_drawings: Path
) -> None:
    file = sample_drawings / "Aufspannung.PDF"
    if not file.is_file():
        pytest.skip("the drawing is not here")
    info = await library.add_bytes("local", file.name, file.read_bytes())
    said, (shown,) = await asked(library, info, "Was steht in Feld C3?")
    assert "6.95" in said
    assert "60.00" not in said
    box: Box | None = shown.region
    assert box is not None
    x, y, width, height = box
    page = info.pages[0]
    assert 0.2 < x / page.width < 0.4 < (x + width) / page.width < 0.6
    assert 0.45 < y / page.height < (y + height) / page.height < 0.75
