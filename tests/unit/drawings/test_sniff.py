"""File types are detected from content; unsupported files are refused with advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.drawings.formats.sniff import sniff
from backend.errors import DamagedFile, UnsupportedFormat
from tests.drawing_samples import encoded, pdf, png, sheet, tiff


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "drawing.pdf"  # the name must not matter
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(), "png"),
        (encoded(sheet(), "JPEG"), "jpeg"),
        (encoded(sheet(), "WEBP"), "webp"),
        (encoded(sheet(), "BMP"), "bmp"),
        (tiff(), "tiff"),
        (b"II+\0\x08\0\0\0" + bytes(8), "tiff"),
        (b"MM\0*" + bytes(8), "tiff"),
        (pdf(), "pdf"),
        (b"\r\n\r\n" + pdf(), "pdf"),
        (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "dxf"),
        (b"999\nmade by a program\n0\nSECTION\n2\nHEADER\n", "dxf"),
        (b"AutoCAD Binary DXF\r\n\x1a\0", "dxf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC 'x'>\n<svg>", "svg"),
        ("<?xml version='1.0'?><svg>".encode("utf-16"), "svg"),
        (b"<!-- <svg> is below --><!----><svg>", "svg"),
        (b"<!DOCTYPE svg [<!ENTITY a ']'>]><svg>", "svg"),
        (b"\x1b%-1BINSP1PU0,0", "hpgl"),
        (b"\x1b.(;\x1b.I81;;17:\x1b.N;19:IN;SP1;PU0,0;PD1,1;", "hpgl"),
        (b"\x1b.YIN SP1 PU 0 0 PD 100 100 ", "hpgl"),
        (b"\x1bE\x1b%0BIN;SP1;PU0,0;", "hpgl"),
        (b"IN;SP1;PU0,0;PD100,100;PU;", "hpgl"),
    ],
)
def test_known_formats(tmp_path: Path, data: bytes, expected: str) -> None:
    assert sniff(_file(tmp_path, data)).format == expected


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"AC1032" + bytes(20), "DXF or PDF in your CAD program"),
        (b"AC1032" + bytes(20), "ODA File Converter installed on the server"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "JPEG"),
        (b"ISO-10303-21;\nHEADER;", "PDF or DXF"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "Save it as PDF"),
        (b"PK\x03\x04" + bytes(26) + b"sheet.dxf", "Unpack"),
        (b"\x1f\x8b\x08" + bytes(20), "Unpack"),
        (b"GIF89a" + bytes(20), "PNG"),
        (b"MZ" + bytes(60), "program"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"<?xml version='1.0'?><html><svg/></html>", "PDF, DXF"),
        (b"IN GENERAL THIS IS; A TEXT; ABOUT; THINGS;", "PDF, DXF"),
        (b"hello world, this is no drawing", "PDF, DXF"),
    ],
)
def test_a_refusal_has_advice(tmp_path: Path, data: bytes, hint: str) -> None:
    with pytest.raises(UnsupportedFormat, match=hint):
        sniff(_file(tmp_path, data))


@pytest.mark.fault(37)
def test_polyglot_zip_with_a_pdf_inside_is_a_zip(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="archive"):
        sniff(_file(tmp_path, b"PK\x03\x04" + bytes(60) + pdf()))


def test_empty_file(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="empty"):
        sniff(_file(tmp_path, b""))
