"""Builds an answer: text with the places of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.evidence.parsing.folding import utf16_length
from backend.extraction.tables.table import Field
from backend.geometry import Box
from backend.sheet_answers.languages import Language
from backend.sheet_answers.phrases import phrase

EvidenceStatus = Literal["found", "computed", "by_eye"]
#: The evidence status of a table cell. An `unsure` value was seen but not confirmed.
_STATUS: dict[str, EvidenceStatus] = {
    "found": "found",
    "corrected": "found",
    "computed": "computed",
}

#: The sources of a cell that evidence names; a computed, corrected or model's value has none.
_SOURCES = ("vector", "ocr", "symbol", "markup", "note", "standard")


@dataclass(frozen=True, slots=True)
class Citation:
    """A value of the answer and its place on the sheet.

    `start` and `end` are UTF-16 offsets in the answer; `box` is in canvas pixels.
    """

    text: str
    start: int
    end: int
    status: EvidenceStatus
    source: str | None
    drawing: str | None
    page: int | None
    box: Box | None

    def to_json(self) -> dict[str, Any]:
        """Return the item of an evidence frame."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "status": self.status,
            "source": self.source,
            "drawing": self.drawing,
            "page": self.page,
            "box": None if self.box is None else list(self.box),
        }


class Reply:
    """Collects text and citations in reading order.

    `certain` stays true as long as the question was understood completely and answered from the
    sheet; a reply that only offers the nearest texts is not. `denies` is true if it reports that
    the sheet lacks something.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self.certain = True
        self.denies = False
        self.citations: list[Citation] = []
        self._parts: list[str] = []
        self._length = 0
        self._in_list = False

    @property
    def text(self) -> str:
        """Return the answer so far, as Markdown."""
        return "".join(self._parts).strip()

    def __bool__(self) -> bool:
        return bool(self._parts)

    def say(self, text: str) -> Reply:
        """Add text without a place."""
        if not self._parts:
            text = text.lstrip()
        self._parts.append(text)
        self._length += utf16_length(text)
        return self

    def line(self, text: str = "") -> Reply:
        """Begin a new line, a list item if `text` begins with `- `; text after a list is a new
        paragraph."""
        is_item = text.startswith("- ")
        ends_list = self._in_list and not is_item
        self._in_list = is_item
        return self.say(("\n\n" if ends_list else "\n" if self._parts else "") + text)

    def append(self, other: Reply, heading: str = "") -> Reply:
        """Append another reply, shifting its citations."""
        self.line(heading)
        moved = self._length - other._leading()
        self.citations += [
            replace(one, start=one.start + moved, end=one.end + moved) for one in other.citations
        ]
        self.say(other.text)
        self.certain = self.certain and other.certain
        self.denies = self.denies or other.denies
        return self

    def _leading(self) -> int:
        """Return the leading white space that `text` strips, in UTF-16 units."""
        text = "".join(self._parts)
        return utf16_length(text) - utf16_length(text.lstrip())

    def cite(
        self,
        text: str,
        *,
        drawing: str | None,
        page: int | None,
        box: Sequence[float] | None,
        status: EvidenceStatus = "found",
        source: str | None = "vector",
    ) -> Reply:
        """Add a value with its place on the sheet."""
        shown = " ".join(text.split())
        start = self._length
        self.say(shown)
        place = None if box is None else Box(*box)
        self.citations.append(
            Citation(shown, start, self._length, status, source, drawing, page, place)
        )
        return self

    def cell(self, cell: Field, drawing: str, *, text: str | None = None) -> Reply:
        """Add a table cell's value with its place; `text` is shown in place of the value."""
        return self.cite(
            text or cell.value or "",
            drawing=drawing,
            page=cell.page,
            box=cell.box,
            status=_STATUS.get(cell.status, "by_eye"),
            source=cell.source if cell.source in _SOURCES else None,
        )

    def qualify(self, cell: Field) -> Reply:
        """Add the source of a weaker value."""
        if cell.status in ("unsure", "disputed", "by_eye"):
            return self.say(phrase(self.language, "unsure"))
        if cell.source == "ocr":
            return self.say(phrase(self.language, "recognised"))
        if str(cell.source) == "note":
            return self.say(phrase(self.language, "from_note"))
        return self
