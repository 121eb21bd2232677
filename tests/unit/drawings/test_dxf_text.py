"""DXF text codes in Unicode."""

from __future__ import annotations

import pytest

from backend.drawings.formats.dxf_text import (
    plain_mtext,
    plain_text,
    plain_tolerance,
    without_symbol_fonts,
)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (r"7.5\S+0.02^-0.01;", "7.5 +0.02/-0.01"),
        (r"7.5{\H0.7x;\S+0.02^ -0.01;}", "7.5 +0.02/-0.01"),
        (r"R\S11.30^11.20;", "R11.30/11.20"),
        (r"%%c20\SH7/g6;", "Ø20 H7/g6"),
        (r"5\S1#2;\"", '5 1/2"'),
        (r"\A1;Ø8\S+0.1^ 0; THRU", "Ø8 +0.1/0 THRU"),
        (r"{\Fgdt.shx|c0;j}\~{\fArial|b0|i0;Note}", "⌖ Note"),
        (r"{\FAIGDT|b0;n}12", "Ø12"),
        (r"first\Psecond\P\Pthird", "first\nsecond\nthird"),
        (r"{\C1;red} \Lline\l \{braces\} \\", "red line {braces} \\"),
        (r"45%%d %%p0.5 %%129", "45° ±0.5 Ø"),
        (r"\U+2300 30 \M+3B1E8", "⌀ 30 " + bytes.fromhex("B1E8").decode("cp949")),
        ("^Itab^Jline", "tab\nline"),
        (r"open \S1^2", "open 1/2"),
        (r"open {\fArial", "open"),
        ("\\", "\\"),
    ],
)
def test_mtext(content: str, text: str) -> None:
    assert plain_mtext(content) == text


def test_text_and_style_fonts() -> None:
    assert plain_text("%%c20 %%uH7%%u \\U+00B1") == "Ø20 H7 ±"
    assert plain_text("jn", "gdt.shx") == "⌖Ø"
    assert plain_mtext("j", "amgdt.shx") == "⌖"


def test_feature_control_frames() -> None:
    content = r"{\Fgdt;j}%%v{\Fgdt;n}0.1{\Fgdt;m}%%vA%%vB%%v%%v^J{\Fgdt;b}%%v0.05%%vA"
    assert plain_tolerance(content) == "⌖|Ø0.1Ⓜ|A|B\n⟂|0.05|A"
    assert plain_tolerance("") == ""


def test_symbol_fonts_are_drawn_as_symbols() -> None:
    content = r"A{\Fgdt;j\H2x;n}{\fArial|b0;j}\S1^2;"
    assert without_symbol_fonts(content) == r"A{⌖\H2x;Ø}{\fArial|b0;j}\S1^2;"
    assert without_symbol_fonts("jA", "gdt") == "⌖A"
