"""Training images and questions: what is asked is on the picture, what is denied is not."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

pytest.importorskip("font_roboto", reason="training images need the extra `demo`")

from backend.chat import prompt
from backend.image_size import fit_to_budget
from demo.sheets.layout import make_sheet
from demo.training import questions
from demo.training.alphabet import NOTHING, class_of
from demo.training.canvas import Canvas
from demo.training.kinds import LESSONS
from demo.training.lesson import Image, Lesson
from demo.training.lessons import LEAST_PIXELS, MOST_PIXELS
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
        sheet = make_sheet(lot("sheet", seed))
        lesson = LESSONS["sheet"](lot("sheet", seed))
        values = {fact.key: fact.value for fact in sheet.facts}
        possible = {
            questions.answer(key, value, language)
            for key, value in values.items()
            if key in questions.NAMES
            for language in questions.LANGUAGES
        }
        for turn in lesson.turns:
            if turn.answer.startswith("[{"):
                place = json.loads(turn.answer)[0]
                assert place["label"] in values.values()
                assert all(0 <= value <= 1000 for value in place["bbox_2d"])
            elif turn.answer in questions.ABSENT.values():
                denied += 1
            else:
                assert turn.answer in possible
                told += 1
    assert denied == 12 and told > 40


def test_every_fact_of_a_sheet_is_in_its_picture() -> None:
    for seed in range(6):
        sheet = make_sheet(lot(seed))
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


def test_product_lessons_speak_the_products_words() -> None:
    lessons = [LESSONS["product_sheet"](lot("p", seed)) for seed in range(12)]
    assert any(lesson.system == prompt.SYSTEM_TEXT for lesson in lessons)
    texts = ["".join(part for part in _words(lesson)) for lesson in lessons]
    assert all(prompt.SHEET_NOTE in text for text in texts)
    silent = [prompt.NO_TEXT in text for text in texts]
    assert any(silent) and not all(silent)
    for lesson, text, none in zip(lessons, texts, silent, strict=True):
        for turn in lesson.turns:
            value = turn.answer.rsplit(" (", 1)[0].removesuffix(" mm")
            asked_for_value = not turn.answer.startswith(("[{", *questions.ABSENT.values()))
            if not none and asked_for_value:
                assert value in text


def test_fields_are_transcribed_label_by_label() -> None:
    answers = [
        turn.answer
        for seed in range(20)
        for turn in LESSONS["fields"](lot("f", seed)).turns
        if turn.question in {text for texts in questions.TRANSCRIBE.values() for text in texts}
    ]
    assert answers
    assert all(": " in row for answer in answers for row in answer.split("\n"))


def test_boxes_are_thousandths_of_the_picture() -> None:
    said = json.loads(questions.box_answer("Ø25 H7", (100, 50, 200, 60), 400, 100))
    assert said == [{"bbox_2d": [250, 500, 500, 600], "label": "Ø25 H7"}]


def test_product_region_has_two_pictures() -> None:
    lesson = LESSONS["product_region"](lot(4))
    assert len(lesson.images) == 2
    assert "at full resolution" in "".join(_words(lesson))


def test_questions_in_three_languages() -> None:
    for key in questions.NAMES:
        english, german, korean = (
            {questions.question(lot(n), key, language) for n in range(30)}
            for language in questions.LANGUAGES
        )
        assert len(english) > 2 and len(german) > 2 and len(korean) > 2
        assert all(any("가" <= letter <= "힣" for letter in text) for text in korean)
    assert questions.answer("width", "85", "de") == "85 mm (Breite)"
    assert questions.answer("bore", "Ø25 H7", "en") == "Ø25 H7 (bore)"
    assert questions.answer("material", "C45", "ko") == "C45 (표제란)"


def _words(lesson: Lesson) -> list[str]:
    parts = [part for turn in lesson.turns for part in turn.before]
    return [part for part in parts if not isinstance(part, Image)]
