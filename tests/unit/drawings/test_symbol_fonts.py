"""Text in fonts addressed by glyph number instead of by letter."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from backend.drawings.formats.pdf_text import page_text
from backend.drawings.symbols.symbol_fonts import symbol_of, symbol_of_glyph
from tests.drawing_samples import pdf_of

#: Glyph names, and the height of each glyph's box in thousandths.
GLYPHS = {".notdef": 100, "diameter": 700, "one": 720, "two": 640, "plusminus": 500}


def font(*, has_names: bool = True, heights: dict[str, int] = GLYPHS) -> bytes:
    """A font of boxes without a character map."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(GLYPHS))
    builder.setupCharacterMap({})
    glyphs = {}
    for name, height in heights.items():
        pen = TTGlyphPen(None)
        pen.moveTo((50, 0))
        for point in ((50, height), (450, height), (450, 0)):
            pen.lineTo(point)
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(GLYPHS, (500, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=has_names)
    data = io.BytesIO()
    builder.save(data)
    return data.getvalue()


def text_of(embedded: bytes, numbers: list[int], name: str = "AAAAAA+Box") -> list[str]:
    """The text read from a page that shows glyphs by number, without a map to Unicode."""
    shown = "".join(f"{number:04x}" for number in numbers)
    content = f"BT /F1 20 Tf 50 100 Td <{shown}> Tj ET".encode()
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        4: b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        5: f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
        "/DescendantFonts[6 0 R]>>".encode(),
        6: f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/DW 500/CIDToGIDMap/Identity"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        "/FontDescriptor 7 0 R>>".encode(),
        7: f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[0 -200 1000 900]"
        "/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80/FontFile2 8 0 R>>".encode(),
        8: b"<</Length %d/Length1 %d>>stream\n%s\nendstream"
        % (len(embedded), len(embedded), embedded),
    }
    page = pdfium.PdfDocument(pdf_of(objects))[0]
    return [item.text for item in page_text(page, (1667, 833))]


def test_letters_come_from_glyph_names() -> None:
    assert text_of(font(), [1, 2, 3, 4, 2]) == ["Ø12±1"]


def test_letters_are_not_guessed_without_glyph_names() -> None:
    assert text_of(font(has_names=False), [1, 2, 3]) == []


def test_a_damaged_font_loses_only_its_own_text() -> None:
    assert text_of(font()[:600], [1, 2, 3]) == []


def test_symbol_fonts_by_glyph_number() -> None:
    assert symbol_of_glyph("AIGDT", 80) == "Ø"
    assert symbol_of_glyph("Arial", 80) == ""
    assert symbol_of("ABCDEF+AIGDT", "P") == "Ø"
    assert symbol_of("gdt", "P") == "P"
    assert symbol_of("AIGDT", "A") == "A"


@pytest.mark.parametrize("letter", ["n", "\uf06e"])
def test_symbol_fonts_by_letter(letter: str) -> None:
    assert symbol_of("AIGDT", letter) == "Ø"
