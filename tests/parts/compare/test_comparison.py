"""Twenty generated sheets and their revisions as PDF: every planted change, and no other."""

from __future__ import annotations

import copy
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from backend.compare.alignment import align
from backend.compare.changes import find_changes
from backend.drawing import PageInfo, TextItem
from backend.drawings.library import DrawingLibrary
from demo.sheets.dxf import to_dxf
from demo.sheets.layout import make_sheet
from demo.sheets.pdf import to_pdf
from demo.sheets.render import render
from demo.sheets.shapes import Lettering
from demo.sheets.sheet import Sheet
from tests.drawing_library import open_library

pytestmark = pytest.mark.anyio

#: kind, old text, new text
Said = tuple[str, str | None, str | None]
#: Empty on every A3 sheet: between the frame and the views, in millimetres.
FREE = [(45.0, 276.0), (110.0, 276.0), (175.0, 276.0)]

#: A callout there, that is changed and moved aside.
CALLOUT, ASIDE = "Ø47 H7", (45.0, 268.0)


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DrawingLibrary]:
    async with open_library(tmp_path_factory.mktemp("sheets")) as library:
        yield library


def revised(sheet: Sheet, runs: list[str], chance: random.Random) -> tuple[Sheet, list[Said]]:
    """The sheet with a dimension and an entry of a table changed, an entry moved, one gone, a
    note come, and a callout changed and moved. `runs`: its texts as the file has them; where two
    entries are one run, a change of one is told of both."""
    new, planted = copy.deepcopy(sheet), list[Said]()
    at = chance.randrange(len(new.dimensions))
    dimension = new.dimensions[at]
    new.dimensions[at] = replace(dimension, text=_other_number(dimension.text))
    planted.append(("changed", dimension.text, new.dimensions[at].text))
    texts = [shape for shape in new.shapes if isinstance(shape, Lettering)]
    once = [shape for shape in texts
            if shape.key and [one.text for one in texts].count(shape.text) == 1
            and any(sign.isdigit() for sign in shape.text) and len(shape.text) > 4
            and shape.text in runs]  # fmt: skip
    changed, moved, removed = chance.sample(once, 3)
    places = iter(FREE)
    for shape, fate in ((changed, "changed"), (moved, "moved"), (removed, "removed")):
        number = next(index for index, one in enumerate(new.shapes) if one is shape)
        after: Lettering | None = None
        if fate == "changed":
            after = replace(shape, text=_other_number(shape.text))
        elif fate == "moved":
            after = replace(shape, at=next(places), anchor="left")
        new.shapes[number : number + 1] = [] if after is None else [after]
        planted.append((fate, shape.text, None if after is None else after.text))
    callout = next(one for one in new.shapes if isinstance(one, Lettering) and one.text == CALLOUT)
    new.shapes.remove(callout)
    new.letter(ASIDE[0] + 17, ASIDE[1] + 2.5, _other_number(CALLOUT))
    planted.append(("changed and moved", CALLOUT, _other_number(CALLOUT)))
    new.letter(*next(places), "DEBURR ALL EDGES")
    planted.append(("added", None, "DEBURR ALL EDGES"))
    return new, planted


def _other_number(text: str) -> str:
    at = next(index for index, sign in enumerate(text) if sign.isdigit())
    return f"{text[:at]}{(int(text[at]) + 2) % 9 + 1}{text[at + 1 :]}"


async def read(library: DrawingLibrary, name: str, sheet: Sheet) -> tuple[list[TextItem], PageInfo]:
    """The sheet's texts, as those of an upload are read."""
    data, _ = to_pdf(to_dxf(sheet), sheet.width, sheet.height, sheet.style.font, name)
    info = await library.add_bytes("local", name, data)
    return await library.text("local", info.id, 1), info.pages[0]


@pytest.mark.parametrize("seed", range(4100, 4120))
async def test_every_planted_change_and_no_other(library: DrawingLibrary, seed: int) -> None:
    chance = random.Random(f"revision/{seed}")  # noqa: S311 - drawings, not secrets
    sheet = make_sheet(random.Random(f"sheet/{seed}"), paper="A3")  # noqa: S311
    sheet.letter(*ASIDE, CALLOUT)
    before, page = await read(library, f"{seed}-a.pdf", sheet)
    new, planted = revised(sheet, [item.text for item in before], chance)
    after, _ = await read(library, f"{seed}-b.pdf", new)
    size = page.width, page.height
    changes = find_changes(before, after, align(before, after, size, size), size)
    said = [
        ("changed and moved" if one.moved else one.kind, one.old.text, one.new.text)
        for one in changes
    ]
    assert sorted(said, key=str) == sorted(planted, key=str)


@pytest.mark.parametrize("seed", [3, 4, 5])
async def test_the_same_sheet_as_pdf_and_as_dxf_differs_in_nothing(
    library: DrawingLibrary, seed: int
) -> None:
    """Their canvases lie differently on the paper, and their words are cut differently."""
    sheet = render(seed, paper="A3")
    texts, sizes = [], []
    for name, data in (("a.pdf", sheet.pdf), ("b.dxf", sheet.dxf_text().encode())):
        info = await library.add_bytes("local", name, data)
        texts.append(await library.text("local", info.id, 1))
        sizes.append((info.pages[0].width, info.pages[0].height))
    alignment = align(*texts, *sizes)
    assert alignment.by_text
    assert find_changes(*texts, alignment, sizes[1]) == []
