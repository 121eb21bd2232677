"""Turns lessons (an image with questions and answers) into arrays for a training step.

Patches match Qwen3-VL's image processor exactly, tokens match the chat template; a test compares
both with the real processor. Does not import torch, so that worker processes stay small.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demo.training.lesson import Lesson
from demo.training.text import Tokens

PATCH, MERGE = 16, 2
IGNORED = -100


@dataclass
class Batch:
    """The data of one step. `patches` are grey, 256 values each; `targets` are character
    classes."""

    kind: str
    patches: NDArray[np.uint8]
    grids: NDArray[np.int64]
    targets: NDArray[np.uint8]
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    labels: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))


def patches_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Split `[height, width]` into patches in the processor's order, two by two: `[patches,
    256]`."""
    rows, columns = image.shape[0] // (PATCH * MERGE), image.shape[1] // (PATCH * MERGE)
    split = image.reshape(rows, MERGE, PATCH, columns, MERGE, PATCH)
    return np.ascontiguousarray(split.transpose(0, 3, 1, 4, 2, 5)).reshape(-1, PATCH * PATCH)


def collate(kind: str, lessons: list[Lesson], tokens: Tokens | None) -> Batch:
    """Combine lessons into a batch; without `tokens` it contains only images and characters."""
    images = [image for lesson in lessons for image in lesson.images]
    batch = Batch(
        kind,
        np.concatenate([patches_of(image.pixels) for image in images]),
        np.array([(1, i.pixels.shape[0] // PATCH, i.pixels.shape[1] // PATCH) for i in images]),
        np.concatenate([i.targets.reshape(-1, i.targets.shape[-1]) for i in images]),
    )
    if tokens is not None:
        rows = [tokens.conversation(lesson) for lesson in lessons]
        longest = max(len(ids) for ids, _ in rows)
        batch.ids = np.full((len(rows), longest), tokens.padding, np.int64)
        batch.labels = np.full((len(rows), longest), IGNORED, np.int64)
        for row, (ids, labels) in enumerate(rows):
            batch.ids[row, : len(ids)] = ids
            batch.labels[row, : len(labels)] = labels
    return batch


def seed_of(base: int, kind: str, index: int) -> random.Random:
    """The random generator for batch `index`; equal arguments give equal batches."""
    return random.Random(f"{base}/{kind}/{index}")  # noqa: S311 - drawings, not secrets
