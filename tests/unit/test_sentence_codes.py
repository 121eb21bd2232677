"""Every English sentence for people has a code, and the page has a text for every code."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import backend.engineering
import backend.extraction
from backend.drawings.formats import sniff, warnings
from backend.engineering import standard_note_codes as standards
from backend.errors import UnsupportedFormat
from backend.extraction import table_note_codes as tables
from backend.http.error_responses import error_response
from backend.sentence_codes import SentenceCodes
from tests.server_process import PROJECT_ROOT

ENGLISH = PROJECT_ROOT / "frontend" / "src" / "i18n" / "en.ts"
#: A sentence for people: words, and an end or a value at the end.
SENTENCE = re.compile(r"[A-Z{].* .*[.}]", re.DOTALL)


def sentences_of(module: object) -> set[str]:
    return {
        value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_")
        if isinstance(value, str) and SENTENCE.fullmatch(value)
    }


def sentences_in(package: object) -> set[str]:
    path, name = package.__path__, package.__name__  # type: ignore[attr-defined]
    found: set[str] = set()
    for module in pkgutil.walk_packages(path, f"{name}."):
        found |= sentences_of(importlib.import_module(module.name))
    return found


def keys_of(origin: str) -> set[str]:
    return set(re.findall(rf'^  "{origin}\.(\w+)":', ENGLISH.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize(
    ("origin", "codes", "sentences"),
    [
        ("warning", warnings.CODES, sentences_of(warnings)),
        ("table", tables.CODES, sentences_in(backend.extraction)),
        ("standard", standards.CODES, sentences_in(backend.engineering)),
    ],
)
def test_every_sentence_has_a_code_and_the_page_a_text_for_it(
    origin: str, codes: SentenceCodes, sentences: set[str]
) -> None:
    assert sentences
    assert set(codes.templates.values()) == sentences
    assert keys_of(origin) == set(codes.templates)


def test_a_sentence_gives_its_code_and_values_back() -> None:
    for codes in (warnings.CODES, tables.CODES, standards.CODES):
        for code, template in codes.templates.items():
            places = re.findall(r"\{(\w+)\}", template)
            values = {place: f"“{place}” (a.b) 7" for place in places}
            found = codes.of(template.format(**values))
            assert found is not None
            assert found == {"code": code, "values": values}
    assert tables.CODES.of("Something new.") is None


def test_a_refused_file_has_a_reason_that_the_page_knows(tmp_path: Path) -> None:
    assert keys_of("refusal") == set(sniff.REASONS)
    path = tmp_path / "part.stp"
    path.write_bytes(b"ISO-10303-21;\nHEADER;")
    with pytest.raises(UnsupportedFormat) as caught:
        sniff.sniff(path)
    assert caught.value.reason == "cad_model"
    path.write_bytes(b"\\documentclass{article}")
    with pytest.raises(UnsupportedFormat) as caught:
        sniff.sniff(path)
    assert caught.value.reason is None


def test_the_reason_is_sent_beside_the_code() -> None:
    scope = {"type": "http", "path": "/api/drawings"}
    answer = error_response(scope, UnsupportedFormat("This is a DWG.", reason="dwg"))
    assert json.loads(bytes(answer.body)) == {
        "error": {"code": "unsupported_format", "message": "This is a DWG.", "reason": "dwg"}
    }
    plain = json.loads(bytes(error_response(scope, UnsupportedFormat("What?")).body))
    assert set(plain["error"]) == {"code", "message"}
