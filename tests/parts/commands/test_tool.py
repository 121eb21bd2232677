"""`drawing-chat tool` on a drawing file: the model's tools without a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from backend.commands.tool import tool_command
from tests.drawing_samples import pdf

Output = pytest.CaptureFixture[str]
SHEET = "BT /F1 12 Tf 40 200 Td (60.00 H7) Tj 0 -40 Td (R8.05) Tj ET"


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "plate.pdf"
    path.write_bytes(pdf(SHEET))
    return path


@pytest.mark.parametrize("option", ["--image", "--picture"])
def test_a_text_is_found_and_its_place_read_again(
    drawing: Path, option: str, tmp_path: Path, capsys: Output
) -> None:
    assert tool_command(["find_text", '{"query": "60,00 h7"}', "--drawing", str(drawing)]) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert (item["text"], item["drawing"], item["page"]) == ("60.00 H7", "plate.pdf", 1)
    crop = tmp_path / "crop.png"
    whole = '{"box": [0, 0, 1000, 1000]}'
    arguments = ["read_region", whole, "--drawing", str(drawing), option, str(crop)]
    assert tool_command(arguments) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["text"] == ["60.00 H7", "R8.05"]
    with Image.open(crop) as image:
        assert image.width > 100
    x, y, width, height = item["box"]
    assert x + width <= read["region"][2] and y + height <= read["region"][3]


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [(["limits_and_fits", "20 H7"], "nominal_mm", 20), (["limits_and_fits", "20", "H7"],
      "nominal_mm", 20), (["general_tolerance", "25", "m"], "deviation_mm", 0.2),
     (["general_tolerance", "R5", "ISO 2768-mK", "radius"], "deviation_mm", 0.5),
     (["convert", "1.250 in", "mm"], "value", "31.75"), (["thread", '{"designation": "M10"}'],
      "pitch_mm", 1.5)],
)  # fmt: skip
def test_arguments_may_be_words(words: list[str], key: str, value: object, capsys: Output) -> None:
    assert tool_command(words) == 0
    assert json.loads(capsys.readouterr().out)[key] == value


@pytest.mark.parametrize(
    ("words", "status"),
    [(["thread", '{"designation": '], 2), (["read_region", "10 20 30 40"], 2),
     (["general_tolerance", "25"], 1), (["convert", "1 in", "mm", "more"], 1)],
)  # fmt: skip
def test_words_that_are_no_call(words: list[str], status: int, capsys: Output) -> None:
    assert tool_command(words) == status


def test_what_the_tool_refuses_is_an_answer_too(drawing: Path, capsys: Output) -> None:
    wrong = '{"bbox_2d": [9, 9, 1, 1]}'
    assert tool_command(["image_zoom_in_tool", wrong, "--drawing", str(drawing)]) == 1
    assert "x1 < x2" in json.loads(capsys.readouterr().out)["error"]


def test_a_missing_drawing_is_told(tmp_path: Path, capsys: Output) -> None:
    assert tool_command(["find_text", '{"query": "H7"}']) == 2
    assert "--drawing" in capsys.readouterr().err
    missing = str(tmp_path / "none.pdf")
    assert tool_command(["find_text", '{"query": "H7"}', "--drawing", missing]) == 2
    assert "none.pdf" in capsys.readouterr().err
