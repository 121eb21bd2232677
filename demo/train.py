"""Trains the demo model on drawings that the project generates itself.

    python -m demo.train --out FOLDER [--minutes 110] [--seed 0] [--threads 2] [--workers 1]

Uses a GPU if there is one, otherwise the CPU. Stop it at any time: the same command resumes from
the last checkpoint, in the same stage. `log.csv` in the folder records the loss and, on held-out
lessons, the share of answers that are correct to the last character. `demo.export` writes the
result for vLLM.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A thread that spins while another waits for a core makes a busy machine ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import nn

from demo.training import attention
from demo.training.alphabet import NOTHING
from demo.training.batches import IGNORED, Batch
from demo.training.model import Learner, character_loss, grey_values
from demo.training.stages import STAGES, Stage
from demo.training.text import Tokens
from demo.training.workers import make_batch, stream

STATE = "state.pt"
HELD_OUT_SEED = 1_000_003  # training seeds are smaller
WARM_UP = 150
LOG_EVERY, CHECK_EVERY_S, SAVE_EVERY_S = 50, 150, 60


@dataclass
class Progress:
    """State of a run: total steps, seconds and batches per stage, and the finished stages."""

    seed: int
    step: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


class Trainer:
    """One training run in one folder."""

    def __init__(self, folder: Path, seed: int, threads: int) -> None:
        torch.manual_seed(seed)
        if threads:
            torch.set_num_threads(threads)
        self.threads = torch.get_num_threads()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # bfloat16 where the hardware supports it; a Zen 5 core is twice as fast with it.
        self.half = self.device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
        #: A batch that suits two cores leaves a GPU idle.
        self.scale = 8 if self.device.type == "cuda" else 1
        self.folder, self.tokens = folder, Tokens()
        self.learner = Learner().to(self.device)
        if self.half and self.device.type == "cpu":
            attention.register()
            self.learner.model.set_attn_implementation(attention.NAME)
        self.optimizer = torch.optim.AdamW(
            self.learner.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.02, fused=True
        )
        self.progress = Progress(seed)
        folder.mkdir(parents=True, exist_ok=True)
        self._load()

    def _load(self) -> None:
        path = self.folder / STATE
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.learner.load_state_dict(state["learner"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"].cpu())
        self.progress = Progress(**state["progress"])
        print(f"resuming at step {self.progress.step}, {self.progress.spent}", flush=True)

    def save(self) -> None:
        """Write the whole state atomically: the file is always either the old or the new one."""
        temporary = self.folder / (STATE + ".new")
        torch.save(
            {
                "learner": self.learner.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "progress": vars(self.progress),
            },
            temporary,
        )
        os.replace(temporary, self.folder / STATE)

    def run(self, stage: Stage, seconds: float, workers: int) -> None:
        """Train one stage for its time budget."""
        self.progress.spent.setdefault(stage.name, 0.0)
        taken = self.progress.taken.setdefault(stage.name, 0)
        if stage.name in self.progress.done:
            return
        averages: dict[str, float] = {}
        last, saved = time.process_time(), time.monotonic()
        checked = saved - CHECK_EVERY_S / 2
        mix = tuple((kind, size * self.scale) for kind, size in stage.mix)
        with stream(mix, self.progress.seed, taken, workers) as batches:
            for batch in batches:
                spent = self.progress.spent[stage.name]
                if spent >= seconds:
                    break
                self._set_rate(stage.rate, spent / seconds, self.progress.taken[stage.name])
                loss = self._step(batch)
                averages[batch.kind] = 0.95 * averages.get(batch.kind, loss) + 0.05 * loss
                self.progress.step += 1
                self.progress.taken[stage.name] += 1
                used, now = time.process_time(), time.monotonic()
                # Time used by other programs on a shared machine is not counted.
                self.progress.spent[stage.name] = round(spent + (used - last) / self.threads, 3)
                last = used
                if self.progress.step % LOG_EVERY == 0:
                    self._log(stage, averages, {})
                if now - checked > CHECK_EVERY_S:
                    exact = self.held_out(stage)
                    self._log(stage, averages, exact)
                    checked = time.monotonic()
                    if exact[stage.mix[0][0]] >= stage.goal:
                        break
                if now - saved > SAVE_EVERY_S:
                    self.save()
                    saved = now
        self.progress.done.append(stage.name)
        self.save()

    def _set_rate(self, top: float, done: float, step: int) -> None:
        fall = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(done, 1)))
        for group in self.optimizer.param_groups:
            group["lr"] = top * min(1.0, (step + 1) / WARM_UP) * fall

    def _step(self, batch: Batch) -> float:
        self.learner.train()
        loss, _, _ = self._forward(batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Loss, character scores, and whether each labelled token is correct."""
        pixels = grey_values(torch.from_numpy(batch.patches).to(self.device))
        grids = torch.from_numpy(batch.grids).to(self.device)
        targets = torch.from_numpy(batch.targets).long().to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            if not batch.ids.size:
                scores = self.learner.see(pixels, grids)
                return character_loss(scores, targets), scores, None
            ids = torch.from_numpy(batch.ids).to(self.device)
            hidden, scores = self.learner.read(pixels, grids, ids)
            labels = torch.from_numpy(batch.labels)[:, 1:].to(self.device)
            asked = labels != IGNORED
            words = self.learner.model.lm_head(hidden[:, :-1][asked])
            loss = nn.functional.cross_entropy(words.float(), labels[asked])
        right = words.argmax(-1) == labels[asked]
        return loss + 0.5 * character_loss(scores, targets), scores, right

    @torch.no_grad()
    def held_out(self, stage: Stage, batches: int = 2) -> dict[str, float]:
        """Exact answers (or characters) on held-out lessons of this stage."""
        self.learner.eval()
        result: dict[str, float] = {}
        for kind, size in dict(stage.mix).items():
            good = total = 0
            for index in range(batches):
                batch = make_batch(kind, size, HELD_OUT_SEED, index, self.tokens)
                _, scores, right = self._forward(batch)
                if right is None:
                    some_good, some = _characters_right(scores, batch)
                else:
                    some_good, some = answers_right(right.cpu(), batch)
                good, total = good + some_good, total + some
            result[kind] = good / max(total, 1)
        return result

    def _log(self, stage: Stage, losses: dict[str, float], exact: dict[str, float]) -> None:
        seconds = round(sum(self.progress.spent.values()))
        parts = [f"{kind} {loss:.3f}" for kind, loss in losses.items()]
        parts += [f"exact {kind} {share:.3f}" for kind, share in exact.items()]
        print(f"{seconds}s step {self.progress.step} {stage.name}: {', '.join(parts)}", flush=True)
        path = self.folder / "log.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["seconds", "step", "stage", "kind", "loss", "exact"])
            for kind, loss in losses.items():
                row: list[Any] = [seconds, self.progress.step, stage.name, kind]
                writer.writerow([*row, round(loss, 4), exact.get(kind, "")])


def answers_right(right: torch.Tensor, batch: Batch) -> tuple[int, int]:
    """The number of answers without a wrong token, and the number of answers. Since the correct
    tokens precede each prediction, this equals exactness under greedy decoding."""
    good = total = place = 0
    for row in batch.labels[:, 1:]:
        flawless, inside = True, False
        for label in row:
            if label == IGNORED:
                if inside:
                    total, good = total + 1, good + flawless
                flawless, inside = True, False
                continue
            inside = True
            flawless = flawless and bool(right[place])
            place += 1
        if inside:
            total, good = total + 1, good + flawless
    return good, total


def _characters_right(scores: torch.Tensor, batch: Batch) -> tuple[int, int]:
    named = scores.argmax(-1).cpu()
    targets = torch.from_numpy(batch.targets).long()
    there = (targets != NOTHING) | (named != NOTHING)
    return int((named == targets)[there].sum()), int(there.sum())


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description="Train the demo model.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=110)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="0: one per core")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--until", default=STAGES[-1].name, help="stop after this stage")
    arguments = parser.parse_args()
    trainer = Trainer(arguments.out, arguments.seed, arguments.threads)
    for stage in STAGES:
        try:
            trainer.run(stage, stage.share * arguments.minutes * 60, arguments.workers)
        except KeyboardInterrupt:
            trainer.save()
            sys.exit(130)
        if stage.name == arguments.until:
            break


if __name__ == "__main__":
    main()
