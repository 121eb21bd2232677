"""`drawing-chat check`: a text graded against a drawing file, in a real decode worker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.commands import check as check_cli
from backend.commands.check import check_command
from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.geometry import Box
from tests.drawing_samples import pdf, png

Output = pytest.CaptureFixture[str]
SHEET = (
    "BT /F1 12 Tf 40 200 Td (2x 3.40 \261 0.10) Tj 0 -40 Td (60.00 H7) Tj 0 -40 Td (R8.05) Tj ET"
)


@pytest.fixture
def read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheet's text as if it had been read: taking a file in has tests of its own."""
    texts = ("2x 3.40 ± 0.10", "60.00 H7", "R8.05")
    items = [TextItem(text, Box(100, 100 + 90 * row, 300, 40)) for row, text in enumerate(texts)]

    async def pages(path: Path) -> list[PageText]:
        return [PageText(path.name, 1, items, "vector", 1667, 1250)]

    monkeypatch.setattr(check_cli, "drawing_pages", pages)


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "plate.pdf"
    path.write_bytes(pdf(SHEET))
    return path


def answer(tmp_path: Path, text: str) -> str:
    path = tmp_path / "answer.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_answer_that_stands_on_the_sheet(drawing: Path, tmp_path: Path, capsys: Output) -> None:
    text = answer(tmp_path, "🔩 Two holes 2× ⌀3,40 ±0,1 and the slot 60 H7.")
    assert check_command([str(drawing), text, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [item["text"] for item in report["items"]] == ["2× ⌀3,40 ±0,1", "60 H7"]
    first = report["items"][0]
    assert (first["status"], first["source"], first["page"]) == ("found", "vector", 1)
    assert (first["start"], first["end"]) == (13, 26)  # the sign in front takes two units
    x, y, width, height = first["box"]
    # 40 points from the left, 200 from the bottom of 300, at 300 dpi
    assert 150 < x < 180 and 360 < y < 420 and width > 300 and 25 < height < 80
    assert first["places"][0]["text"] == "2x 3.40 ± 0.10"
    assert report["counts"] == {"found": 2}


@pytest.mark.usefixtures("read_before")
def test_a_value_that_is_not_there_is_status_1(
    drawing: Path, tmp_path: Path, capsys: Output
) -> None:
    text = answer(tmp_path, "R8.05, but also R8.50 and 3.40 ±0.01")
    assert check_command([str(drawing), text]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [("NOT ON THE SHEET" in line) for line in lines] == [False, True, True]


def test_a_picture_has_no_exact_text(tmp_path: Path, capsys: Output) -> None:
    picture = tmp_path / "scan.png"
    picture.write_bytes(png())
    assert check_command([str(picture), answer(tmp_path, "Ø38 H12"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["status"] == "by_eye"


def test_what_cannot_be_read_is_told(drawing: Path, tmp_path: Path, capsys: Output) -> None:
    assert check_command([str(drawing), str(tmp_path / "none.txt")]) == 2
    assert check_command([str(tmp_path / "none.pdf"), answer(tmp_path, "x")]) == 2
    (tmp_path / "latin.txt").write_bytes(b"\xd838 H12")
    assert check_command([str(drawing), str(tmp_path / "latin.txt")]) == 2
    (tmp_path / "office.pdf").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100)
    assert check_command([str(tmp_path / "office.pdf"), answer(tmp_path, "x")]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 4 and "Save it as PDF" in errors[3]
    assert "none.txt cannot be read" in errors[0] and "none.pdf cannot be read" in errors[1]


@pytest.mark.usefixtures("read_before")
def test_a_text_without_values(drawing: Path, tmp_path: Path, capsys: Output) -> None:
    assert check_command([str(drawing), answer(tmp_path, "Nothing to see.")]) == 0
    assert capsys.readouterr().out == "No values in this text.\n"
