"""The demo model's training: its data are what the real processor and template would give."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as PilImage

pytest.importorskip("font_roboto", reason="training images need the extra `demo`")

from backend.chat.prompt import prompt_wording as prompt
from demo.export import build_processor, export
from demo.train import HELD_OUT_SEED, Trainer, answers_right
from demo.training import attention, questions
from demo.training.batches import IGNORED, Batch, patches_of
from demo.training.kinds import LESSONS
from demo.training.lesson import Image, Lesson
from demo.training.model import Learner, grey_values
from demo.training.stages import Stage
from demo.training.text import Tokens
from demo.training.workers import make_batch

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("default"),  # transformers' own
]


def lot(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


def test_patches_are_the_processors() -> None:
    image = np.random.default_rng(3).integers(0, 256, (256, 320), np.uint8)
    coloured = PilImage.fromarray(np.repeat(image[..., None], 3, axis=2))
    theirs = build_processor().image_processor(images=[coloured], return_tensors="pt")
    assert theirs["image_grid_thw"].tolist() == [[1, 16, 20]]
    ours = grey_values(torch.from_numpy(patches_of(image)))
    expanded = ours[:, None, :].expand(-1, 6, -1).reshape(len(ours), -1)
    torch.testing.assert_close(expanded, theirs["pixel_values"], atol=2e-3, rtol=0)


def test_tokens_are_the_chat_templates() -> None:
    processor, tokens = build_processor(), Tokens()
    for kind in ("line", "block", "sheet", "text", "crop"):
        lesson = LESSONS[kind](lot(5))
        ids, labels = tokens.conversation(lesson)
        text = processor.apply_chat_template(_messages(lesson))
        for image in lesson.images:
            count = image.targets.shape[0] * image.targets.shape[1]
            text = text.replace("<|image_pad|>", "<|pad|>" * count, 1)
        theirs = tokens.tokenizer.encode(text.replace("<|pad|>", "<|image_pad|>"))
        assert tokens.tokenizer.decode(ids) == tokens.tokenizer.decode(theirs)
        assert ids == theirs
        answers = tokens.tokenizer.decode([label for label in labels if label != IGNORED])
        assert answers == "".join(f"{turn.answer}<|im_end|>" for turn in lesson.turns)


def _messages(lesson: Lesson) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = []
    if lesson.system:
        messages.append({"role": "system", "content": lesson.system})
    for turn in lesson.turns:
        content = [
            {"type": "image"} if isinstance(part, Image) else {"type": "text", "text": part}
            for part in turn.before
        ]
        content.append({"type": "text", "text": turn.question})
        messages.append({"role": "user", "content": content})
        messages.append({"role": "assistant", "content": turn.answer})
    return messages


def test_plain_attention_is_attention() -> None:
    """The quick attention of a training on a CPU against torch's own, forwards and backwards."""
    attention.register()
    batch = make_batch("block", 2, 3, 0, Tokens())
    results = []
    for name in ("sdpa", attention.NAME):
        torch.manual_seed(0)
        learner = Learner()
        learner.model.set_attn_implementation(name)
        grids, ids = torch.from_numpy(batch.grids), torch.from_numpy(batch.ids)
        hidden, scores = learner.read(grey_values(torch.from_numpy(batch.patches)), grids, ids)
        (hidden.square().mean() + scores.square().mean()).backward()  # type: ignore[no-untyped-call]
        slopes = [weight.grad for weight in learner.model.parameters() if weight.grad is not None]
        results.append((hidden, scores, *slopes))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


def test_the_products_words_are_one_token_each() -> None:
    """A changed sentence of the prompt is spelt out, and the model never saw that."""
    tokenizer = Tokens().tokenizer
    for text in (prompt.SYSTEM_TEXT, prompt.SHEET_NOTE.strip(), prompt.NO_TEXT.strip()):
        ids = tokenizer.encode(text)
        sentences = text.count("\n") + text.count(". ") + text.count(": ") + 1
        assert len(ids) <= 2 * sentences, tokenizer.convert_ids_to_tokens(ids)
        assert tokenizer.decode(ids) == text
    for text in questions.all_texts():
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_grey_embedding_is_the_convolution() -> None:
    learner = Learner()
    grey = torch.randn(6, 256)
    expanded = grey[:, None, :].expand(-1, 6, -1).reshape(6, -1)
    short = learner.model.model.visual.patch_embed(grey)
    plain = learner.plain_model().model.visual.patch_embed(expanded)
    torch.testing.assert_close(short, plain, atol=1e-4, rtol=1e-4)


def test_exactness_counts_whole_answers() -> None:
    labels = np.array([[IGNORED, 5, 6, IGNORED, 7, IGNORED], [IGNORED, 8, 9, 9, IGNORED, 1]])
    empty = np.zeros(0)
    batch = Batch("x", empty, empty, empty, labels, labels)
    right = torch.tensor([True, False, True, True, True, True, True])
    assert answers_right(right, batch) == (3, 4)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    stage = Stage("small", 1.0, (("block", 2),))
    straight = Trainer(tmp_path / "straight", seed=1, threads=1)
    _steps(straight, stage, 0, 3)
    broken = Trainer(tmp_path / "broken", seed=1, threads=1)
    _steps(broken, stage, 0, 2)
    broken.save()
    resumed = Trainer(tmp_path / "broken", seed=99, threads=1)
    assert resumed.progress.seed == 1
    _steps(resumed, stage, 2, 3)
    for (name, one), other in zip(
        straight.learner.state_dict().items(), resumed.learner.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(one, other, msg=name)
    exact = straight.held_out(stage, batches=1)
    assert 0 <= exact["block"] <= 1


def _steps(trainer: Trainer, stage: Stage, first: int, last: int) -> None:
    kind, size = stage.mix[0]
    for index in range(first, last):
        trainer._step(make_batch(kind, size, trainer.progress.seed, index, trainer.tokens))


def test_loss_falls(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, seed=2, threads=1)
    batch = make_batch("line", 4, 2, 0, trainer.tokens)
    losses = [trainer._step(batch) for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]


def test_held_out_lessons_are_others() -> None:
    tokens = Tokens()
    train, held = (make_batch("block", 2, s, 0, tokens) for s in (0, HELD_OUT_SEED))
    assert train.ids.shape != held.ids.shape or not np.array_equal(train.ids, held.ids)


def test_export_says_what_the_learner_says(tmp_path: Path) -> None:
    from transformers import AutoModelForImageTextToText

    trainer = Trainer(tmp_path / "run", seed=3, threads=1)
    trainer.save()
    parameters = export(tmp_path / "run", tmp_path / "out")
    assert 5e6 < parameters < 12e6
    size = sum(file.stat().st_size for file in (tmp_path / "out").iterdir())
    assert size < 25_000_000
    assert "Not measured yet" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "out", dtype=torch.float32)
    batch = make_batch("line", 1, 4, 0, trainer.tokens)
    grids, ids = torch.from_numpy(batch.grids), torch.from_numpy(batch.ids)
    grey = grey_values(torch.from_numpy(batch.patches))
    with torch.no_grad():
        hidden, _ = trainer.learner.eval().read(grey, grids, ids)
        ours = trainer.learner.model.lm_head(hidden)
        pixels = grey[:, None, :].expand(-1, 6, -1).reshape(len(grey), -1)
        kinds = (ids == model.config.image_token_id).int()
        theirs = model.eval()(
            input_ids=ids, pixel_values=pixels, image_grid_thw=grids, mm_token_type_ids=kinds
        ).logits
    torch.testing.assert_close(ours, theirs, atol=0.05, rtol=0.05)  # exported in bfloat16
