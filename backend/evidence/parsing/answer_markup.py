"""Converts an answer to plain text: LaTeX commands to the signs they draw, grouped digits to one
number.

Every character of the plain text keeps its position in the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.value import GROUPING

_END = r"(?![A-Za-z])"
#: Commands and the signs they draw; an empty one only changes the typeface.
_COMMANDS = (
    (r"\\(?:math|text)(?:rm|bf|it|sf)\s?\{|\\(?:text|mbox|operatorname)\s?\{", ""),
    (rf"\\(?:left|right|displaystyle){_END}", ""),
    (r"(?<=\d)\\[,;: ](?=\d{3}(?!\d))", GROUPING),
    (rf"\\[,;:! ]|\\q?quad{_END}", " "),
    (rf" ?\^ ?(?:\{{\s?\\circ\s?\}}|\\circ{_END})|\\degree{_END}", "°"),
    (rf"\\pm{_END}", "±"),
    (rf"\\times{_END}", "x"),
    (rf"\\mu{_END}\s?", "µ"),
    (rf"\\(?:varnothing|emptyset|diameter|oslash|[Pp]hi|varphi|O|o){_END}", "Ø"),
    (r"(?<=\d)\{,\}(?=\d)", ","),
    (r"(?<=\d)\{\.\}(?=\d)", "."),
)
_FRACTION = r"\\[dt]?frac\s?\{\s?(?P<top>\d{1,3})\s?\}\s?\{\s?(?P<bottom>\d{1,3})\s?\}"
_LATEX = re.compile("|".join([_FRACTION, *(f"({pattern})" for pattern, _ in _COMMANDS)]))
#: `1 250 mm` and `1'250`: a plain space groups only before a unit, as it may also separate two
#: numbers.
_GROUPED = re.compile(
    r"(?<![\w.,'’])(?<!\d[ \u00a0\u2009\u202f])\d{1,3}"
    r"(?:(?:[\u00a0\u2009\u202f'’]\d{3})+(?![\d'’])"
    r"|(?: \d{3})+(?=(?:[.,]\d+)?[ \u00a0\u202f]?(?:mm|kg|N)\b))"
)
#: Marks of Markdown and LaTeX that may occur inside a value; treated as spaces.
_MARKS = str.maketrans("*`$", "   ")


@dataclass(frozen=True, slots=True)
class Plain:
    """The text to read; `starts` and `ends` are the positions of each character in the answer."""

    text: str
    starts: list[int]
    ends: list[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the position of characters `start` to `end` in the answer."""
        return self.starts[start], self.ends[end - 1]


def plain(answer: str) -> Plain:
    """Return the answer with one spelling for each sign, and without its markup."""
    grouped = _GROUPED.sub(lambda match: re.sub(r"\D", GROUPING, match[0]), answer)
    folded = GROUPING.join(fold(part) for part in grouped.split(GROUPING))
    marked = folded.translate(_MARKS)
    if "\\" not in marked and "{" not in marked:
        places = range(len(marked) + 1)
        return Plain(marked, list(places[:-1]), list(places[1:]))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _LATEX.finditer(marked):
        pieces.append(marked[done : match.start()])
        starts += range(done, match.start())
        ends += range(done + 1, match.start() + 1)
        drawn = _drawn(match)
        pieces.append(drawn)
        starts += [match.start()] * len(drawn)
        ends += [match.end()] * len(drawn)
        done = match.end()
    pieces.append(marked[done:])
    starts += range(done, len(marked))
    ends += range(done + 1, len(marked) + 1)
    return Plain("".join(pieces), starts, ends)


def _drawn(match: re.Match[str]) -> str:
    if match["top"]:
        return f" {match['top']}/{match['bottom']}"
    groups = match.groups()[2:]
    return next(sign for group, (_, sign) in zip(groups, _COMMANDS, strict=True) if group)
