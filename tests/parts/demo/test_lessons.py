"""Training images and questions: what is asked is on the picture, what is denied is not."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("font_roboto", reason="training images need the extra `demo`")

from backend.chat.prompt import prompt_wording as prompt
from backend.model.image_size import fit_to_budget
from demo.sheets.layout import make_sheet, plain_style
from demo.training import questions
from demo.training.alphabet import NOTHING, class_of
from demo.training.canvas import Canvas
from demo.training.kinds import LESSONS
from demo.training.lesson import Image, Lesson
from demo.training.lessons import IN_BLOCK, KINDS, LEAST_PIXELS, MOST_PIXELS
from demo.training.sheet_image import SHEET_SIZE, sheet_canvas


def lot(*words: object) -> random.Random:
    return random.Random("/".join(map(str, words)))  # noqa: S311


@pytest.mark.parametrize("kind", sorted(LESSONS))
def test_same_seed_same_lesson(kind: str) -> None:
    one, other = LESSONS[kind](lot(kind, 1)), LESSONS[kind](lot(kind, 1))
    assert [turn.question for turn in one.turns] == [turn.question for turn in other.turns]
    assert all(
        np.array_equal(a.pixels, b.pixels) and np.array_equal(a.targets, b.targets)
        for a, b in zip(one.images, other.images, strict=True)
    )
    different = LESSONS[kind](lot(kind, 2))
    assert different.images[0].pixels.shape != one.images[0].pixels.shape or not np.array_equal(
        different.images[0].pixels, one.images[0].pixels
    )


def test_sheet_answers_are_what_stands_there() -> None:
    """The lesson's answers against the sheet that the same random numbers draw."""
    denied = told = 0
    for seed in range(6):
        rng = lot("sheet", seed)
        sheet = make_sheet(rng, rng.choice(KINDS), plain_style(rng))
        lesson = LESSONS["sheet"](lot("sheet", seed))
        values = {fact.key: fact.value for fact in sheet.facts}
        possible = {
            questions.answer(key, value, language)
            for key, value in values.items()
            if key in questions.NAMES
            for language in questions.LANGUAGES
        }
        for turn in lesson.turns:
            if turn.answer in questions.ABSENT.values():
                denied += 1
            else:
                assert turn.answer in possible
                told += 1
    assert denied == 12 and told > 40


def test_every_fact_of_a_sheet_is_in_its_picture() -> None:
    for seed in range(6):
        sheet = make_sheet(lot(seed), style=plain_style(lot(seed)))
        canvas, written = sheet_canvas(sheet, lot(seed))
        assert {fact.key for fact in sheet.facts} <= {item.key for item in written}
        for item in written:
            left, top, right, bottom = item.box
            assert 0 <= left < right <= canvas.width and 0 <= top < bottom <= canvas.height, item


def test_sheet_has_the_size_at_which_the_product_shows_it() -> None:
    """An A4 page's canvas at 300 dpi, scaled as the engine scales it."""
    assert fit_to_budget(3508, 2480, LEAST_PIXELS, MOST_PIXELS) == SHEET_SIZE


def test_characters_are_marked_where_they_stand() -> None:
    canvas = Canvas(64, 32)
    canvas.text(34, 14, "7", "Vera", 10)
    assert (canvas.targets != NOTHING).sum() == 1
    assert canvas.targets[0, 1, 1] == class_of("7")
    ink = canvas.pixels() < 128
    assert ink[4:14, 34:44].sum() > 10 and ink.sum() == ink[3:15, 33:45].sum()


@pytest.mark.parametrize("kind", ["sheet", "text", "crop"])
def test_lessons_about_sheets_speak_the_products_words(kind: str) -> None:
    lessons = [LESSONS[kind](lot("p", seed)) for seed in range(12)]
    assert any(lesson.system == prompt.SYSTEM_TEXT for lesson in lessons)
    texts = ["".join(_words(lesson)) for lesson in lessons]
    assert all(prompt.SHEET_NOTE in text for text in texts)
    if kind != "crop":
        assert all((prompt.NO_TEXT in text) == (kind == "sheet") for text in texts)


def test_the_text_of_a_sheet_is_right_or_read_with_errors() -> None:
    found = []
    for seed in range(20):
        lesson = LESSONS["text"](lot("t", seed))
        values = [
            turn.answer.rsplit(" (", 1)[0].removesuffix(" mm")
            for turn in lesson.turns
            if turn.answer not in questions.ABSENT.values()
        ]
        text = "".join(_words(lesson))
        found.append(sum(value in text for value in values) / len(values))
    assert 4 < sum(share == 1 for share in found) < 17
    assert all(share > 0 for share in found)


def test_a_title_block_is_asked_for_all_its_cells() -> None:
    told = empty = 0
    for seed in range(12):
        lesson = LESSONS["block"](lot("b", seed))
        told += sum(turn.answer not in questions.ABSENT.values() for turn in lesson.turns)
        empty += sum(turn.answer in questions.ABSENT.values() for turn in lesson.turns)
        assert len(lesson.turns) == len(IN_BLOCK) + 1
    assert told > 80 and empty > 12


def test_crops_come_with_the_whole_sheet_each_with_its_question() -> None:
    counts = set()
    for seed in range(12):
        lesson = LESSONS["crop"](lot(seed))
        assert lesson.images[0].pixels.shape == SHEET_SIZE[::-1]
        assert len(lesson.images) == 1 + len(lesson.turns)
        assert "".join(_words(lesson)).count("at full resolution") == len(lesson.turns)
        counts.add(len(lesson.turns))
    assert counts == {1, 2, 4}


def test_questions_in_three_languages() -> None:
    for key in questions.NAMES:
        english, german, korean = (
            {questions.question(lot(n), key, language) for n in range(30)}
            for language in questions.LANGUAGES
        )
        assert len(english) > 2 and len(german) > 2 and len(korean) > 2
        assert all(any("가" <= letter <= "힣" for letter in text) for text in korean)
    assert questions.languages_of("radius", "Radius?") == ["en", "de"]
    assert questions.languages_of("material", "Was ist das Material?") == ["de"]
    assert questions.answer("width", "85", "de") == "85 mm (Breite)"
    assert questions.answer("bore", "Ø25 H7", "en") == "Ø25 H7 (bore)"
    assert questions.answer("material", "C45", "ko") == "C45 (표제란)"


def _words(lesson: Lesson) -> list[str]:
    parts = [part for turn in lesson.turns for part in turn.before]
    return [part for part in parts if not isinstance(part, Image)]
