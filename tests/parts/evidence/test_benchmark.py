"""The evidence benchmark keeps its aims, and its own judgement of chance hits is right."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.geometry import Box
from benchmarks.evidence.__main__ import LEAST_CAUGHT, LEAST_FOUND
from benchmarks.evidence.callouts import Callout, Sheet
from benchmarks.evidence.made_sheets import demo_sheet, synthetic_sheet
from benchmarks.evidence.planted import stands_elsewhere, word_elsewhere
from benchmarks.evidence.scoring import PLANTED, TRUE, Score, score_answers


def test_its_aims_are_kept(tmp_path: Path) -> None:
    rng, score = random.Random(11), Score()  # noqa: S311
    sheets = [synthetic_sheet(number, rng) for number in range(20)]
    sheets.append(demo_sheet(0, rng, tmp_path))
    mistakes = list(score_answers(sheets, 220, rng, score))
    (found, total), (passed, planted) = score.of(TRUE), score.planted()
    assert total > 800 and planted > 150
    assert found >= LEAST_FOUND * total, mistakes
    assert planted - passed >= LEAST_CAUGHT * planted, mistakes
    assert all(score.of(group)[1] for group in PLANTED)
    assert len(mistakes) == total - found + passed


@pytest.mark.parametrize(
    ("planted", "elsewhere"),
    [
        (Callout("12.5"), True),
        (Callout("12.6"), False),
        (Callout("25", "Ø", ("+0.1", "-0.2")), True),
        (Callout("25", "Ø", ("+0.2", "-0.1")), False),
        (Callout("25", "Ø", fit="H7"), False),
    ],
)
def test_a_planted_value_that_stands_there_by_chance_is_told_apart(
    planted: Callout, elsewhere: bool
) -> None:
    items = [TextItem("Ø25 +0,1/-0,2", Box(0, 0, 90, 10)), TextItem("R 12,5", Box(0, 50, 30, 10))]
    known = [Callout("25", "Ø", ("+0.1", "-0.2")), Callout("12.5", "R")]
    sheet = Sheet("s", "made", PageText("s", 1, items), known, [])
    assert stands_elsewhere(planted, sheet) is elsewhere
    assert word_elsewhere("R12.5", sheet) and not word_elsewhere("DRW-1", sheet)
