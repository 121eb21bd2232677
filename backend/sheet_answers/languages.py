"""Detects the language of a question: English, German or Korean."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "de", "ko"]

_HANGUL = re.compile(r"[가-힣ㄱ-ㆎ]")
_WORD = re.compile(r"[^\W\d_]+")
_GERMAN = frozenset(
    "der die das dem den des ein eine einen einer ist sind welche welcher welches welchen wie"
    " was wo"
    " wer wann wieviel wieviele viele gibt es und oder mit ohne auf im in zur zum für von bitte"
    " nenne nenn zeige zeig liste steht stehen hat haben alle größte größter größtes größten"
    " kleinste kleinster kleinstes kleinsten zeichnung maß maße teil teile wurde wurden aus"
    " maßstab werkstoff bohrung bohrungen gewinde radien durchmesser blatt gross groß lang tief"
    " schwer"
    " grösste dieses diese diesem dieser toleranz toleranzen stückliste hier sich nach".split()
)
_ENGLISH = frozenset(
    "the a an is are was were what which who when where how many much does do did this that of and"
    " or with without on in to for from please list show give tell me there all any largest long"
    " wide"
    " smallest biggest drawing part sheet scale hole holes thread threads has have it size"
    " what's its by".split()
)


def language_of(question: str) -> Language | None:
    """Return the language of a question; None if its function words do not decide."""
    if _HANGUL.search(question):
        return "ko"
    words = [word.casefold() for word in _WORD.findall(question)]
    german = sum(word in _GERMAN for word in words) + len(re.findall(r"[äöüß]", question.lower()))
    english = sum(word in _ENGLISH for word in words)
    if german == english:
        return None
    return "de" if german > english else "en"
