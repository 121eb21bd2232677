"""Notes for the person about a prompt: English sentences, with codes and values for translation."""

from __future__ import annotations

_PAGE = "“{name}”, page {page}: "
_FULL = _PAGE + "the whole sheet at its full {width}×{height} pixels."
_OVERVIEW = (
    _PAGE
    + "the whole sheet ({width}×{height} pixels) as an overview of {seen_width}×{seen_height}."
)
_CHOSEN = " The question's words point there."

#: Sentences by code. Codes are stable; the page translates by code.
TEXTS = {
    "drawing_deleted": "A drawing of this conversation has been deleted.",
    "sheet_full": _FULL,
    "sheet_overview": _OVERVIEW,
    "sheet_full_chosen": _FULL + _CHOSEN,
    "sheet_overview_chosen": _OVERVIEW + _CHOSEN,
    "text_left_out": _PAGE + "{left_out} of {items} text items were left out.",
    "pages_by_text": "“{name}”: pages {first} to {last} by their text.",
    "pages_not_given": "“{name}”: of the pages after {given} only those were given that the "
    "question's words point to; ask about others by number.",
    "exchanges_left_out": "The first {cut} questions and answers were left out: the model's window "
    "of {window:,} tokens is full. The drawings are all there.",
    "too_many_calls": "The model asked for more than {most} tool calls.",
    "window_full": "The model's window was full before the answer was complete.",
}


class Note(str):
    """The English sentence; `code` is a key of `TEXTS`, `values` fill its placeholders."""

    code: str
    values: dict[str, str | int]

    def __new__(cls, code: str, **values: str | int) -> Note:
        note = super().__new__(cls, TEXTS[code].format(**values))
        note.code, note.values = code, values
        return note
