"""Questions in three languages about the sample sheets, answered without a model.

`questions.jsonl` has one question a line: file, language, question and the texts of which any
makes the answer right; null where the sheet does not say.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from backend.commands.check import drawing_pages
from backend.evidence.index.search_text import normalise
from backend.extraction.tables.page_tables import PageExtraction, combined
from backend.sheet_answers.answerer import answer
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import TABLES, Sheet

SAMPLES = Path(__file__).parents[3] / "demo" / "samples"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("questions.jsonl").read_text("utf-8").splitlines()
]

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def sheets() -> dict[str, Sheet]:
    return {name: await sheet_of(SAMPLES / name) for name in {one["file"] for one in QUESTIONS}}


async def sheet_of(path: Path) -> Sheet:
    """A drawing file with the tables that are made of its text."""
    pages = await drawing_pages(path)
    made = [PageExtraction(page) for page in pages]
    tables = {kind: combined(kind, [page.table(kind) for page in made]) for kind in TABLES}
    return Sheet(path.name, path.name, pages, tables)


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one["question"])
async def test_a_question_is_answered_from_the_sheet(
    one: dict[str, Any], sheets: dict[str, Sheet]
) -> None:
    reply = answer(one["question"], [sheets[one["file"]]])

    assert reply.language == one["language"] or one["language"] is None
    if one["answers"] is None:
        assert reply.denies or not reply.certain, reply.text
    else:
        assert any(_plain(text) in _plain(reply.text) for text in one["answers"]), reply.text
        assert not reply.denies


async def test_every_place_is_where_its_text_is(sheets: dict[str, Sheet]) -> None:
    for one in QUESTIONS:
        _check_places(answer(one["question"], [sheets[one["file"]]]))


def _check_places(reply: Reply) -> None:
    units = reply.text.encode("utf-16-le")
    for citation in reply.citations:
        assert units[2 * citation.start : 2 * citation.end].decode("utf-16-le") == citation.text
        assert citation.box is not None or citation.status == "computed"


@lru_cache
def _plain(text: str) -> str:
    return re.sub(r"\s+", "", normalise(text))
