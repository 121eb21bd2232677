"""`drawing-chat compare`: two files, their changes as text, JSON and CSV, statuses as diff's."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from backend.cli import main
from tests.drawing_samples import pdf

BOTH = ((40, 250, "DRAWING NO 4711"), (40, 200, "Ra 3,2"), (300, 250, "ISO 2768-m"))


def write(path: Path, *lines: tuple[int, int, str], pages: int = 1) -> Path:
    text = "".join(f"BT /F1 12 Tf {x} {y} Td ({said}) Tj ET\n" for x, y, said in (*BOTH, *lines))
    path.write_bytes(pdf(text, pages=pages))
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    old = write(tmp_path / "old.pdf", (200, 200, "R5"), (200, 60, "12,5"))
    new = write(tmp_path / "new.pdf", (200, 60, "12,7"), (300, 60, "=NOTE"), pages=2)
    return [str(old), str(new)]


def test_changes_as_text(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *files]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  (at ")[0] for line in lines] == [
        "page 1: removed R5",
        "page 1: changed 12,5 → 12,7",
        "page 1: added   =NOTE",
        "page 2: only in the new drawing",
    ]


def test_changes_as_json_and_csv(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *files, "--format", "json"]) == 1
    first, second = json.loads(capsys.readouterr().out)["pages"]
    assert [change["kind"] for change in first["changes"]] == ["removed", "changed", "added"]
    assert second["only"] == "new"
    assert main(["compare", *files, "--format", "csv"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert [(row["kind"], row["old"], row["new"]) for row in rows] == [
        ("removed", "R5", ""),
        ("changed", "12,5", "12,7"),
        ("added", "", "'=NOTE"),
        ("only in new", "", ""),
    ]
    assert float(rows[1]["x"]) > 0
    assert [row["moved"] for row in rows] == ["no", "no", "no", ""]


def test_csv_says_what_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old.pdf", (200, 200, "R5"), (200, 60, "38.5 ±0.1"))
    new = write(tmp_path / "new.pdf", (200, 120, "R5"), (200, 60, "38.5 ±0.1"))
    assert main(["compare", str(old), str(new), "--format", "csv"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert [(row["kind"], row["old"], row["moved"]) for row in rows] == [("moved", "R5", "yes")]


def test_the_same_file(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", files[0], files[0]]) == 0
    assert capsys.readouterr().out == "No text changed.\n"


def test_what_cannot_be_compared(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", files[0], str(tmp_path / "none.pdf")]) == 2
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    assert main(["compare", files[0], str(tmp_path / "broken.pdf")]) == 2
    assert "damaged" in capsys.readouterr().err
    Image.new("L", (900, 600), 255).save(tmp_path / "blank.png")
    assert main(["compare", files[0], str(tmp_path / "blank.png")]) == 2
    assert "no text in the new drawing" in capsys.readouterr().err
