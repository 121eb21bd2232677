"""The sample drawings in the repository are what the generator draws, and their questions fit."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from demo.samples import FOLDER, SAMPLES, Sample
from demo.training import questions


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.name))
def test_committed_sample_is_what_the_seed_draws(sample: Sample) -> None:
    drawn = sample.draw()
    assert (FOLDER / f"{sample.name}.pdf").read_bytes() == drawn.pdf
    assert (FOLDER / f"{sample.name}.json").read_text(encoding="utf-8") == drawn.truth.to_json()


def test_starter_questions_ask_for_what_is_there() -> None:
    items = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))["items"]
    assert [item["name"] for item in items] == [sample.name for sample in SAMPLES]
    for item in items:
        truth = json.loads((FOLDER / f"{item['name']}.json").read_text(encoding="utf-8"))
        known = {fact["key"] for fact in truth["facts"]}
        assert (FOLDER / item["file"]).is_file()
        for language, asked in item["questions"].items():
            for question in asked:
                keys = [
                    key
                    for key in questions.NAMES
                    for name in questions.NAMES[key][questions.LANGUAGES.index(language)]
                    if _bare(name) in question.casefold()
                ]
                assert keys and known & set(keys), question


def _bare(name: str) -> str:
    return name.casefold().removeprefix("der ").removeprefix("die ").removeprefix("das ")
