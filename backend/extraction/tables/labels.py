"""Looks up labels of title block fields and table columns; the words are in `title_terms` and
`list_terms`.

A label is compared by its letters: exporters break ligatures (`Werkstof , Halbzeug`), title blocks
spread `재 질` over a cell, and full stops, brackets and colons are optional.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from backend.evidence.parsing.folding import fold
from backend.extraction.tables.list_terms import BOM_TERMS, REVISION_TERMS
from backend.extraction.tables.title_terms import TITLE_FIELDS, TITLE_TERMS

__all__ = ["BOM_LABELS", "REVISION_LABELS", "TITLE_FIELDS", "TITLE_LABELS", "WEAK_LABELS",
           "label_and_rest", "plain", "title_label"]  # fmt: skip

#: Two languages or two terms in one label: `Scale / Skala`, `Werkstoff, Halbzeug`.
_PARTS = re.compile(r"\s*[/,|()\[\]\n·•]\s*|\s+[-–]\s+")
#: A label has few words and no digit except that of `n°1`.
_MOST_WORDS = 6
_NUMERO = str.maketrans({"№": "n", "°": "", "º": "", "#": "#"})


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Normalise a label for lookup: its letters in lower case, without accents, spaces, punctuation
    and doubled letters.
    """
    folded = unicodedata.normalize("NFKD", fold(text).translate(_NUMERO).casefold())
    letters = [sign for sign in folded if sign.isalnum() or sign in "#%"]
    composed = unicodedata.normalize("NFC", "".join(letters))
    return re.sub(r"([^\W\d])\1+", r"\1", composed)


def _by_label(terms: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, label in terms:
        found.setdefault(plain(label), field)
    return found


def _title_terms() -> Iterable[tuple[str, str]]:
    for field, languages in TITLE_TERMS.items():
        for labels in languages.values():
            for label in labels:
                yield field, label


def _list_terms(terms: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    return ((field, label) for field, labels in terms.items() for label in labels)


TITLE_LABELS = _by_label(_title_terms())
BOM_LABELS = _by_label(_list_terms(BOM_TERMS))
REVISION_LABELS = _by_label(_list_terms(REVISION_TERMS))

#: Words with other meanings too: they count only if the field has no better label.
WEAK_LABELS = {
    plain(label)
    for label in (
        "name", "nom", "nome", "nombre", "naam", "nazwa", "ad", "description", "descrizione",
        "part", "component", "number", "numéro", "drawing", "dwg", "type", "index", "indice",
        "mat", "halbzeug", "surface", "design", "check", "codice", "código", "version",
        "document number", "le", "tolerance", "tolerances", "document no", "doc no",
        "dokumentnummer", "dokument-nr", "n° document", "treatment", "dessinateur",
    )
}  # fmt: skip


def _spread(label: str) -> str:
    """Return a pattern for the label with punctuation and, in Hangul, spaces between its words or
    letters.
    """
    words = r"(?:\.\s*|\s+)".join(re.escape(word) for word in label.split())
    words = re.sub(r"(?<=[가-힣一-鿿ぁ-ヿ])(?=[가-힣一-鿿ぁ-ヿ])", r"\\s*", words)
    return words.replace(r"\-", r"\.?\-")


_INLINE = re.compile(
    r"^[(\[]?(?P<label>"
    + "|".join(
        _spread(label)
        for label in sorted({label for _, label in _title_terms()}, key=len, reverse=True)
    )
    + r")(?:\s*\.?\s*[)\]]?\s*(?P<colon>[:=])\s*|\.?\s+)(?P<rest>\S.*)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def title_label(text: str) -> str | None:
    """Return the field that a run names, `""` for a label of no field, None if it is no label.

    `Scale / Skala` and `(Werkstoff, Halbzeug) (Rohteil-Nr)` name the field of their first term.
    """
    field = TITLE_LABELS.get(plain(text))
    if field is not None or len(text) > 90:
        return field
    parts = [part for part in _PARTS.split(text.strip().rstrip(":")) if part]
    if len(parts) < 2 or any(len(part.split()) > _MOST_WORDS for part in parts):
        return None
    known = [TITLE_LABELS.get(plain(part)) for part in parts]
    if known[0] is None or any(sign.isdigit() for sign in text):
        return None
    in_brackets = text.strip().startswith("(")
    others = [name for name in known[1:] if name is not None]
    return known[0] if others or in_brackets else None


@lru_cache(maxsize=8192)
def label_and_rest(text: str) -> tuple[str, str, bool] | None:
    """Split `SCALE: 2:1` in one run: the field, the rest, and whether a colon separates them."""
    text = text.strip()
    match = _INLINE.match(fold(text))
    if match is None or title_label(text) is not None:
        return None
    field = TITLE_LABELS.get(plain(match["label"]), "")
    return field, text[match.start("rest") :].strip(), match["colon"] is not None
