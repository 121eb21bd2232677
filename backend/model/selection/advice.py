"""Which model for which use, and when an own GPU costs less than a paid API. Pure.

The order of preference is ours; that a model fits is the plan's word. Prices are always the
person's own: none is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.model.selection.catalog import PRECISION_NAMES, resolve
from backend.model.selection.checkpoint import from_catalog
from backend.model.selection.gpus import Gpu
from backend.model.selection.plan import Plan
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
    "development": "It loads in a short time and leaves room on the GPU; its answers are not those "
    "that the users will see.",
    "production": "Of those that fit it gives many people answers at once: a mixture runs a tenth "
    "of its parameters for each token.",
    "quality": "The largest that fits. The dense 32B works with ten times as many parameters on "
    "each token as the 30B-A3B, and is slower by about that.",
    "memory": "The smallest of the family. Its 4 bits save little more, as embeddings and vision "
    "tower stay in 16. Expect it to misread small dimensions: draw regions, and trust the values "
    "that are found on the sheet.",
    "private": "It runs on this machine alone; after the download nothing leaves it. Set "
    "HF_HUB_OFFLINE=1 to be sure.",
}
GENERAL = (
    "Quantisation: FP8 halves the weights and 4 bits quarter them. What is lost shows first in "
    "small text and digits, and is not measured here for your sheets. Take the larger model in "
    "FP8 before the smaller one in BF16, and 4 bits only where its FP8 does not fit.",
    "Fine-tuning hurts where a few hundred examples teach the model your sheets' habits and "
    "unteach it the rest. Exact text, regions and the tools come first; tune only against "
    "a test set of your own drawings.",
)
#: Of a month.
HOURS = 730


@dataclass(frozen=True, slots=True)
class Costs:
    """A person's own prices, all in one currency.

    `api` for a million tokens; `hardware` spread over `months`; `watts` at `kwh` each hour.
    """

    api: float
    hardware: float
    months: float
    watts: float
    kwh: float

    @property
    def a_month(self) -> float:
        """What the own machine costs each month, running all of it."""
        return self.hardware / self.months + self.watts / 1000 * HOURS * self.kwh

    @property
    def break_even(self) -> float:
        """Tokens a month from which the own machine costs less."""
        return self.a_month / self.api * 1e6


@dataclass(frozen=True, slots=True)
class Advice:
    """A use's recommendation: the plan that fits, or None, and the reasons."""

    use: str
    plan: Plan | None
    reasons: tuple[str, ...]


def advise(use: str, gpus: Sequence[Gpu]) -> Advice:
    """The first model of the use's list that fits these GPUs."""
    passed: list[str] = []
    for index, name in enumerate(USES[use]):
        made = make_plan([from_catalog(one) for one in resolve(name).variants], gpus)
        if made.fits:
            beside = _beside(made, USES[use][index + 1 :], gpus)
            return Advice(use, made, (*passed, _REASONS[use], *made.why, *beside, *GENERAL))
        passed.append(f"{name} does not fit: {made.problem}")
    return Advice(use, None, (*passed, *GENERAL))


def _beside(made: Plan, others: Sequence[str], gpus: Sequence[Gpu]) -> list[str]:
    """What to hold four bits against: the next model that fits with more."""
    if made.checkpoint.precision != PRECISION_NAMES["int4"]:
        return []
    for name in others:
        known = [from_catalog(one) for one in resolve(name).variants]
        exact = [one for one in known if one.precision != PRECISION_NAMES["int4"]]
        if exact and (other := make_plan(exact, gpus)).fits:
            return [
                f"It has 4 bits. {other.checkpoint.name} fits too, in "
                f"{other.checkpoint.precision}: hold both against sheets of your own that are "
                "dense with small text."
            ]
    return []


def compare(costs: Costs, tokens_a_month: float | None) -> list[str]:
    """The comparison in sentences."""
    lines = [
        f"The own machine costs {costs.a_month:,.2f} a month; the API costs less up to "
        f"{costs.break_even / 1e6:,.1f} million tokens a month. That is "
        f"{costs.break_even / (HOURS * 3600):,.1f} tokens a second, read and written, day and "
        "night: where this machine does not manage that, the API costs less at any amount."
    ]
    if tokens_a_month is not None:
        bill = tokens_a_month / 1e6 * costs.api
        word = "less" if costs.a_month < bill else "more"
        lines.append(
            f"At {tokens_a_month / 1e6:,.1f} million tokens the API's bill is {bill:,.2f}: the own "
            f"machine costs {word}."
        )
    lines.append("A drawing sent to an API leaves this machine; no price is in that comparison.")
    return lines
