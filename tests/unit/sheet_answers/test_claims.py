"""Claims of a model about the samples' title blocks, true, false and denying."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.sheet_answers.claims import contradictions
from backend.sheet_answers.sheet import Sheet
from benchmarks.evidence.claims import measure, sheet_of

SAMPLES = Path(__file__).parents[3] / "demo" / "samples"

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def sheets() -> list[Sheet]:
    return [await sheet_of(path) for path in sorted(SAMPLES.glob("*.pdf"))]


async def test_false_claims_are_caught_and_true_ones_left_alone(sheets: list[Sheet]) -> None:
    missed, blamed, false, true = measure(sheets)

    assert false > 500 and true > 200
    assert len(missed) <= 0.05 * false, [claim.text for claim in missed[:20]]
    assert len(blamed) <= 0.01 * true, [claim.text for claim in blamed[:20]]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("The shaft is fine. The material is aluminium.", "C45E"),
        ("There are no threads on this sheet.", "M48×2"),
        ("The drawing has three threads.", "M48×2"),
        ("The drawing has one thread, M48×2.", None),
        ("If the material is aluminium, it is lighter.", None),
        ("Is the material steel?", None),
    ],
)
async def test_a_contradiction_names_what_the_sheet_says(
    answer: str, says: str | None, sheets: list[Sheet]
) -> None:
    shaft = next(sheet for sheet in sheets if sheet.name == "shaft.pdf")
    found = contradictions(answer, [shaft])

    assert [one.says.text for one in found] == ([] if says is None else [says])
    for one in found:
        assert answer[one.start : one.end] == one.text
