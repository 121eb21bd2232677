"""Converts DXF text to Unicode: formatting codes, stacks, symbol fonts, `%%` codes. Pure.

ezdxf's `plain_text()` turns `\\S+0.02^-0.01;` into `+0.02k0.01`; this module gives `+0.02/-0.01`.
Codes per Autodesk's DXF reference, MTEXT.
"""

from __future__ import annotations

import re

from backend.drawings.symbols.symbol_fonts import is_gdt_font, symbols_of

_PERCENT = re.compile(r"%%(?:(\d{3})|([cdpuokCDPUOK%]))")
_SIGNS = {"c": "Ø", "d": "°", "p": "±", "%": "%"}
_UNICODE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_MULTIBYTE = re.compile(r"\\M\+([1-5])([0-9A-Fa-f]{4})")
_CODE_PAGES = {"1": "cp932", "2": "cp950", "3": "cp949", "4": "johab", "5": "cp936"}
#: Codes with an argument up to a semicolon, and codes that only toggle a line.
_WITH_ARGUMENT = "ACcHTQWp"
_SWITCHES = "LlOoKk"
_CARET = {"I": " ", "J": "\n", "M": "\n", " ": "^"}
_PREFIXES = "RØ⌀□M("


def plain_text(content: str, font: str = "") -> str:
    """A TEXT or ATTRIB in Unicode; `font` is its style's font."""
    text = symbols_of(font, _decode(content))
    return _tidy(_carets(_percent(text)))


def plain_mtext(content: str, font: str = "") -> str:
    """An MTEXT (or a dimension's text) in Unicode, its paragraphs as lines."""
    return _tidy(_Reader(_decode(content), font).read())


def plain_tolerance(content: str, font: str = "") -> str:
    """A feature control frame as `⌖|Ø0.1Ⓜ|A|B`, its rows as lines."""
    rows = re.split(r"\^J|\\P|\n", _decode(content))
    texts = []
    for row in rows:
        cells = [_tidy(_Reader(cell, font).read()) for cell in re.split(r"%%[vV]", row)]
        while cells and not cells[-1]:
            cells.pop()
        if any(cells):
            texts.append("|".join(cells))
    return "\n".join(texts)


class _Reader:
    """A single pass over an MTEXT's content. Braces limit the scope of a font."""

    def __init__(self, content: str, font: str) -> None:
        self._content = content
        self._at = 0
        self._fonts = [font]
        self._pieces: list[str] = []

    def read(self) -> str:
        while self._at < len(self._content):
            sign = self._content[self._at]
            self._at += 1
            if sign == "\\" and self._at < len(self._content):
                self._code()
            elif sign == "{":
                self._fonts.append(self._fonts[-1])
            elif sign == "}":
                if len(self._fonts) > 1:
                    self._fonts.pop()
            elif sign == "^" and self._content[self._at : self._at + 1] in _CARET:
                self._pieces.append(_CARET[self._content[self._at]])
                self._at += 1
            else:
                self._plain(sign)
        return "".join(self._pieces)

    def _plain(self, sign: str) -> None:
        if sign == "%" and (match := _PERCENT.match(self._content, self._at - 1)):
            self._at = match.end()
            self._pieces.append(_percent_sign(match))
        else:
            self._pieces.append(symbols_of(self._fonts[-1], sign))

    def _code(self) -> None:
        code = self._content[self._at]
        self._at += 1
        if code in "\\{}":
            self._pieces.append(code)
        elif code in "PNX":
            self._pieces.append("\n")
        elif code == "~":
            self._pieces.append(" ")
        elif code in "fF":
            self._fonts[-1] = self._argument().split("|")[0]
        elif code == "S":
            self._stack(self._argument())
        elif code in _WITH_ARGUMENT:
            self._argument()
        elif code not in _SWITCHES:
            self._plain(code)

    def _argument(self) -> str:
        """Read up to the semicolon, which is consumed; a backslash escapes one."""
        start = self._at
        while self._at < len(self._content) and self._content[self._at] != ";":
            self._at += 2 if self._content[self._at] == "\\" else 1
        argument = self._content[start : self._at]
        self._at = min(self._at + 1, len(self._content))
        return argument

    def _stack(self, argument: str) -> None:
        upper, lower = _split_stack(argument)
        font = self._fonts[-1]
        parts = [symbols_of(font, _percent(part)).strip() for part in (upper, lower)]
        stack = "/".join(part for part in parts if part)
        before = "".join(self._pieces[-1:])
        if stack and before and not before[-1].isspace() and before[-1] not in _PREFIXES:
            stack = " " + stack
        self._pieces.append(stack)


def _split_stack(argument: str) -> tuple[str, str]:
    """Split at the first `^`, `/` or `#` not preceded by a backslash."""
    upper, at = "", 0
    while at < len(argument):
        sign = argument[at]
        if sign == "\\" and at + 1 < len(argument):
            upper += argument[at + 1]
            at += 2
            continue
        if sign in "^/#":
            lower = argument[at + 1 :].removeprefix(" ") if sign == "^" else argument[at + 1 :]
            return upper, lower.replace("\\", "")
        upper += sign
        at += 1
    return upper, ""


def _decode(content: str) -> str:
    content = _UNICODE.sub(lambda match: chr(int(match[1], 16)), content)
    return _MULTIBYTE.sub(_multibyte, content)


def _multibyte(match: re.Match[str]) -> str:
    return bytes.fromhex(match[2]).decode(_CODE_PAGES[match[1]], "replace").strip("\0")


def _percent(text: str) -> str:
    return _PERCENT.sub(_percent_sign, text)


def _percent_sign(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1])
        return _SIGNS.get({127: "d", 128: "p", 129: "c"}.get(code, ""), chr(code))
    return _SIGNS.get(match[2].lower(), "")  # %%u, %%o and %%k only draw a line


def _carets(text: str) -> str:
    return re.sub(r"\^([IJM ])", lambda match: _CARET[match[1]], text)


def _tidy(text: str) -> str:
    kept = "".join(sign for sign in text if sign == "\n" or sign.isprintable())
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(line for line in lines if line)


_TOKEN = re.compile(
    r"(\\[fF][^;]*;)|(\\S(?:\\.|[^;\\])*;|\\[ACcHTQWp][^;]*;)|(\\.)|([{}])|(.)", re.DOTALL
)


def without_symbol_fonts(content: str, font: str = "") -> str:
    """The MTEXT content with GD&T letters replaced by their symbols; `font` is its style's.

    Symbol fonts are rarely installed: without one, `⌖` would be drawn as the letter j.
    """
    fonts = [font]
    pieces = []
    for switch, argument, code, brace, sign in _TOKEN.findall(content):
        if switch:
            fonts[-1] = switch[2:-1].split("|")[0]
            if not is_gdt_font(fonts[-1]):
                pieces.append(switch)
            continue
        if brace == "{":
            fonts.append(fonts[-1])
        elif brace and len(fonts) > 1:
            fonts.pop()
        pieces.append(argument or code or brace or symbols_of(fonts[-1], sign))
    return "".join(pieces)
