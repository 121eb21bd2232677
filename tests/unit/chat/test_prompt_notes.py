"""Notes: one sentence each, and the page's own words for every code."""

from __future__ import annotations

import re

from backend.chat.prompt.prompt_notes import TEXTS, Note
from tests.conftest import PROJECT_ROOT

ENGLISH = PROJECT_ROOT / "frontend" / "src" / "i18n" / "en.ts"
VALUE = re.compile(r"\{(\w+)")


def test_a_note_is_its_sentence_and_what_it_is_made_of() -> None:
    note = Note("exchanges_left_out", cut=3, window=32_768)
    assert note.startswith("The first 3 questions and answers were left out")
    assert "32,768 tokens" in note
    assert (note.code, note.values) == ("exchanges_left_out", {"cut": 3, "window": 32_768})


def test_the_page_has_words_for_every_code_with_the_same_values() -> None:
    words = dict(re.findall(r'^  "note\.(\w+)":\s+"(.*)",$', ENGLISH.read_text(), re.MULTILINE))
    assert set(words) == set(TEXTS)
    for code, text in TEXTS.items():
        assert VALUE.findall(words[code]) == VALUE.findall(text), code
