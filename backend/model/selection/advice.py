"""Recommends a model for a use, and compares the cost of an own GPU with a paid API. Pure.

The order of preference is our judgement; the plan decides what fits. All prices come from the
user.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.model.selection.catalog import PRECISION_NAMES
from backend.model.selection.checkpoint import from_catalog
from backend.model.selection.gpus import Gpu
from backend.model.selection.memory_plan import Plan
from backend.model.selection.model_names import resolve
from backend.model.selection.planning import make_plan

#: For each use the models to try, best first.
USES: dict[str, tuple[str, ...]] = {
    "development": ("qwen3-vl:4b", "qwen3-vl:2b", "qwen3-vl:2b-fp8"),
    "production": ("qwen3-vl:30b", "qwen3-vl:8b", "qwen3-vl:4b", "qwen3-vl:2b"),
    "quality": ("qwen3-vl:235b", "qwen3-vl:32b", "qwen3-vl:30b", "qwen3-vl:8b", "qwen3-vl:4b"),
    "memory": ("qwen3-vl:2b-fp8", "qwen3-vl:2b-q4", "qwen3-vl:2b"),
    "private": ("qwen3-vl:30b", "qwen3-vl:8b", "qwen3-vl:4b", "qwen3-vl:2b"),
}
_REASONS = {
    "development": "It loads fast and leaves memory free on the GPU. Production models answer "
    "differently.",
    "production": "Of the models that fit, it serves the most users at once: a mixture of experts "
    "uses a tenth of its parameters for each token.",
    "quality": "The largest model that fits. The dense 32B uses ten times as many parameters per "
    "token as the 30B-A3B and is slower by about the same factor.",
    "memory": "The smallest model of the family. Its 4-bit version saves little more, because the "
    "embeddings and the vision tower stay in 16 bits. Expect it to misread small dimensions: draw "
    "regions, and rely on values that are found on the sheet.",
    "private": "It runs on this machine only; nothing leaves it after the download. Set "
    "HF_HUB_OFFLINE=1 to enforce that.",
}
GENERAL = (
    "Quantisation: FP8 halves the weights, 4 bits quarter them. Losses show first in small text "
    "and digits; we have not measured them on your sheets. Prefer a larger model in FP8 to a "
    "smaller one in BF16, and use 4 bits only if FP8 does not fit.",
    "Fine-tuning on a few hundred examples can make a model forget more than it learns. Use exact "
    "text, regions and the tools first; if you tune, evaluate on a test set of your own drawings.",
)
#: Hours per month.
HOURS = 730


@dataclass(frozen=True, slots=True)
class Costs:
    """The user's prices, in one currency.

    `api` per million tokens; `hardware` is depreciated over `months`; `kwh` per kilowatt-hour.
    """

    api: float
    hardware: float
    months: float
    watts: float
    kwh: float

    @property
    def monthly(self) -> float:
        """The monthly cost of the own machine, running all the time."""
        return self.hardware / self.months + self.watts / 1000 * HOURS * self.kwh

    @property
    def break_even(self) -> float:
        """Tokens per month above which the own machine is cheaper."""
        return self.monthly / self.api * 1e6


@dataclass(frozen=True, slots=True)
class Advice:
    """The recommendation for a use: the plan that fits, or None, with the reasons."""

    use: str
    plan: Plan | None
    reasons: tuple[str, ...]


def advise(use: str, gpus: Sequence[Gpu]) -> Advice:
    """Recommend the first model in the use's list that fits these GPUs."""
    passed: list[str] = []
    for index, name in enumerate(USES[use]):
        made = make_plan([from_catalog(one) for one in resolve(name).variants], gpus)
        if made.fits:
            beside = _beside(made, USES[use][index + 1 :], gpus)
            return Advice(use, made, (*passed, _REASONS[use], *made.why, *beside, *GENERAL))
        passed.append(f"{name} does not fit: {made.problem}")
    return Advice(use, None, (*passed, *GENERAL))


def _beside(made: Plan, others: Sequence[str], gpus: Sequence[Gpu]) -> list[str]:
    """An alternative to 4 bits: the next model that fits with a higher precision."""
    if made.checkpoint.precision != PRECISION_NAMES["int4"]:
        return []
    for name in others:
        known = [from_catalog(one) for one in resolve(name).variants]
        exact = [one for one in known if one.precision != PRECISION_NAMES["int4"]]
        if exact and (other := make_plan(exact, gpus)).fits:
            return [
                f"It is quantised to 4 bits. {other.checkpoint.name} in "
                f"{other.checkpoint.precision} fits too: compare both on your own sheets with "
                "dense small text."
            ]
    return []


def compare(costs: Costs, tokens_a_month: float | None) -> list[str]:
    """Compare the costs, in sentences."""
    lines = [
        f"Your machine costs {costs.monthly:,.2f} per month; the API is cheaper up to "
        f"{costs.break_even / 1e6:,.1f} million tokens per month. That is an average of "
        f"{costs.break_even / (HOURS * 3600):,.1f} tokens per second, prompts and answers, around "
        "the clock: if your machine is slower than that, the API is always cheaper."
    ]
    if tokens_a_month is not None:
        bill = tokens_a_month / 1e6 * costs.api
        word = "less" if costs.monthly < bill else "more"
        lines.append(
            f"For {tokens_a_month / 1e6:,.1f} million tokens per month the API costs {bill:,.2f}; "
            f"your machine costs {word}."
        )
    lines.append("Drawings sent to an API leave this machine; this comparison does not price that.")
    return lines
