"""The drawing generator: what it says stands on a sheet does stand there, in every format."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from demo.sheets.layout import make_sheet
from demo.sheets.parts import PARTS
from demo.sheets.raster import scanned
from demo.sheets.render import Rendered, render
from demo.sheets.sheet import Style
from demo.sheets.truth import DPI, truth_of


@pytest.fixture(scope="module", params=sorted(PARTS))
def drawn(request: pytest.FixtureRequest) -> Rendered:
    return render(11, request.param)


def test_same_seed_same_bytes(drawn: Rendered) -> None:
    again = render(11, drawn.truth.kind)
    assert again.pdf == drawn.pdf
    assert again.truth == drawn.truth
    assert render(12, drawn.truth.kind).pdf != drawn.pdf


def test_pdf_text_lies_in_the_boxes_of_the_truth(drawn: Rendered) -> None:
    page = pypdfium2.PdfDocument(drawn.pdf)[0]
    text = page.get_textpage()
    height = page.get_height()
    points = 72 / DPI
    for fact in drawn.truth.facts:
        assert fact.box is not None
        x, y, width, tall = (value * points for value in fact.box)
        # From the baseline up a third of the letters: a label above does not reach down there.
        foot = height - y - tall
        inside = text.get_text_bounded(x - 1, foot, x + width + 1, foot + tall / 3)
        assert "".join(inside.split()) == "".join(fact.value.split()), fact


def test_canvas_is_the_products(drawn: Rendered) -> None:
    truth = drawn.truth
    assert (truth.width, truth.height) == (3508, 2480)
    for _, (x, y, width, height) in truth.texts:
        assert 0 < x < x + width < truth.width
        assert 0 < y < y + height < truth.height


def test_dimensions_measure_what_they_say(drawn: Rendered) -> None:
    """Real DIMENSION entities: geometry times the style's factor is the number in the text."""
    numbers = {
        fact.value: fact.number
        for fact in drawn.truth.facts
        if fact.place == "view" and fact.number is not None
    }
    factor = drawn.dxf.dimstyles.get("SHEET").dxf.dimlfac
    seen = 0
    for entity in drawn.dxf.modelspace().query("DIMENSION"):
        block = entity.get_geometry_block()
        assert block is not None
        words = [
            e.text if e.dxftype() == "MTEXT" else e.dxf.text for e in block.query("TEXT MTEXT")
        ]
        value = next((word for word in words if word in numbers), None)
        if value is None:  # a thread: its designation is no measure
            assert words[0].startswith("M")
            continue
        angular = entity.dimtype in (2, 5)
        measured = entity.get_measurement() * (1 if angular else factor)
        assert measured == pytest.approx(numbers[value], abs=1e-3)
        seen += 1
    assert seen >= 2


def test_a3_has_parts_list_and_revisions() -> None:
    sheet = render(3, "bracket", paper="A3")
    places = {fact.place for fact in sheet.truth.facts}
    assert {"bom", "revisions", "title_block", "view"} <= places
    rows = [fact for fact in sheet.truth.facts if fact.key.startswith("bom_")]
    count = next(fact for fact in sheet.truth.facts if fact.key == "item_count")
    assert len(rows) == 4 * int(count.value)
    assert (sheet.truth.width, sheet.truth.height) == (4961, 3508)


@pytest.mark.parametrize("sign", [".", ","])
def test_decimal_sign_is_the_sheets(sign: str) -> None:
    style = Style(font="Vera", decimal=sign, language="en")
    truth = render(2, "flange", style=style).truth
    broken = [fact for fact in truth.facts if fact.number and fact.number % 1]
    assert broken and all(sign in fact.value for fact in broken)
    other = ".,"[sign == "."]
    assert not any(other in fact.value for fact in broken)


def test_truth_refuses_a_text_that_is_not_there() -> None:
    sheet = make_sheet(random.Random(1), "plate")  # noqa: S311
    with pytest.raises(ValueError, match="was not drawn"):
        truth_of(sheet, [], "empty", 1)


def test_files(tmp_path: Path) -> None:
    folder, drawn = tmp_path, render(11, "plate")
    drawn.save(folder)
    name = drawn.truth.name
    read = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    assert read["facts"][0]["value"] == drawn.truth.facts[0].value
    with Image.open(folder / f"{name}.png") as image:
        assert image.size == (drawn.truth.width, drawn.truth.height)
    assert (folder / f"{name}.dxf").read_text(encoding="utf-8").startswith("  0\nSECTION")
    assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_wear_is_the_same_for_a_seed_and_moves_nothing() -> None:
    clean = Image.new("L", (200, 100), 255)
    clean.paste(0, (50, 40, 150, 60))
    worn = scanned(clean, 5)
    assert worn.tobytes() == scanned(clean, 5).tobytes()
    assert worn.tobytes() != scanned(clean, 6).tobytes()
    assert worn.getpixel((100, 50)) < 100 < worn.getpixel((100, 20))
