"""`drawing-chat extract`: whole folders, one row for each failure, goes on where it stopped."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from backend.cli import main
from demo.sheets.render import render


@pytest.fixture(scope="module")
def sheet() -> bytes:
    return render(3, paper="A3").pdf


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_with_a_broken_file(
    tmp_path: Path, sheet: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a.pdf", "below/copy.pdf"):
        (tmp_path / name).write_bytes(sheet)
    (tmp_path / "broken.pdf").write_text("no drawing")
    (tmp_path / "letter.txt").write_text("no drawing either")
    assert main(["extract", str(tmp_path), "--kind", "bom"]) == 1
    out = tmp_path / "extracted"
    assert table(out / "a.pdf.bom.csv")[0]["description"] == "BASE PLATE"
    assert table(out / "below" / "copy.pdf.bom.csv") == table(out / "a.pdf.bom.csv")
    (failed,) = table(out / "failed.csv")
    assert failed["file"].endswith("broken.pdf")
    assert failed["code"] == "unsupported_format"
    assert "3/3" in capsys.readouterr().err

    # Mended, only that one is done again, and the list of failures goes.
    (tmp_path / "broken.pdf").write_bytes(render(5, paper="A3").pdf)
    before = (out / "a.pdf.bom.csv").stat().st_mtime_ns
    assert main(["extract", str(tmp_path), "--kind", "bom"]) == 0
    assert "2 of 3 are done already." in capsys.readouterr().err
    assert (out / "a.pdf.bom.csv").stat().st_mtime_ns == before
    assert not (out / "failed.csv").exists()


def test_a_changed_file_is_done_again(tmp_path: Path, sheet: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(sheet)
    assert main(["extract", str(tmp_path), "--kind", "text", "--format", "md"]) == 0
    made = tmp_path / "extracted" / "a.pdf.text.md"
    assert "### Title block" in made.read_text(encoding="utf-8")
    made.write_text("old")
    os.utime(made, (1, 1))
    assert main(["extract", str(tmp_path), "--kind", "text", "--format", "md"]) == 0
    assert made.read_text(encoding="utf-8") != "old"


@pytest.mark.parametrize(
    "options", [["--kind", "bom", "--format", "md"], ["--kind", "inspection", "--format", "json"]]
)
def test_what_does_not_go_together(tmp_path: Path, options: list[str]) -> None:
    assert main(["extract", str(tmp_path), *options]) == 2


def test_an_empty_or_missing_folder_is_told(tmp_path: Path) -> None:
    assert main(["extract", str(tmp_path)]) == 2
    assert main(["extract", str(tmp_path / "none")]) == 2


def test_one_drawing_goes_to_standard_output(
    tmp_path: Path, sheet: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(sheet)
    assert main(["extract", str(path), "--kind", "bom"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert rows[0]["description"] == "BASE PLATE"
    assert list(tmp_path.iterdir()) == [path]


def test_one_drawing_s_workbook_is_written_and_named(
    tmp_path: Path, sheet: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(sheet)
    assert main(["extract", str(path), "--kind", "bom", "--format", "xlsx"]) == 0
    made = tmp_path / "extracted" / "a.pdf.bom.xlsx"
    assert made.is_file()
    assert f"Written to {made}" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error(
    tmp_path: Path, sheet: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(sheet)
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as left:
        monkeypatch.setattr("sys.stdout", left)
        assert main(["extract", str(path), "--kind", "bom"]) == 0
        left.flush()


def test_a_scan_is_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rapidocr_onnxruntime", reason="scans need the extra `ocr`")
    path = tmp_path / "scan.png"
    image = Image.new("L", (900, 500), 255)
    font = ImageFont.load_default(44)
    ImageDraw.Draw(image).text((300, 200), "R12.50", font=font, fill=0)
    image.save(path)
    assert main(["extract", str(path), "--kind", "dimensions", "--format", "json"]) == 0
    told = capsys.readouterr()
    (row,) = json.loads(told.out)["rows"]
    assert row["cells"]["nominal"]["value"] == "12.50"
    assert "scan.png: recognising text, page 1 of 1" in told.err
