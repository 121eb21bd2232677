"""`drawing-chat models` lists the models and which of them fit; `models advise` recommends one.

Exit status: 0 done · 1 nothing fits · 2 wrong options.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from backend.commands.plan import add_hardware, chosen_gpus
from backend.config.settings import load_settings
from backend.errors import BadModel
from backend.model.selection.advice import USES, Advice, Costs, advise, compare
from backend.model.selection.catalog import APACHE, MODELS, PRECISION_NAMES
from backend.model.selection.checkpoint import from_catalog
from backend.model.selection.gpus import Gpu
from backend.model.selection.hub_repository import cached_folder
from backend.model.selection.planning import make_plan

_PRICES = ("api_price", "hardware_price", "months", "watts", "power_price")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options, and the subcommand `advise`."""
    parser.set_defaults(use=None)
    add_hardware(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(metavar="advise")
    advising = commands.add_parser("advise", help="recommend a model for a use")
    advising.add_argument("use", metavar="USE", choices=list(USES), help=", ".join(USES))
    # If left out here, the values given before `advise` hold.
    add_hardware(advising, default=argparse.SUPPRESS)
    advising.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON"
    )
    prices = advising.add_argument_group(
        "cost comparison with a paid API", "Give the first five options together."
    )
    prices.add_argument(
        "--api-price", type=_price, metavar="MONEY", help="API price per million tokens"
    )
    prices.add_argument(
        "--hardware-price", type=_price, metavar="MONEY", help="price of your machine"
    )
    prices.add_argument("--months", type=_price, metavar="NUMBER", help="months of use")
    prices.add_argument("--watts", type=_price, metavar="NUMBER", help="its average power")
    prices.add_argument(
        "--power-price", type=_price, metavar="MONEY", help="price per kilowatt-hour"
    )
    prices.add_argument(
        "--tokens-a-month", type=_price, metavar="NUMBER", help="expected tokens per month"
    )


def run(arguments: argparse.Namespace) -> int:
    """List or advise; returns the exit status."""
    gpus = chosen_gpus(arguments)
    return _advise(arguments, gpus) if arguments.use else _list(arguments, gpus)


def _list(arguments: argparse.Namespace, gpus: list[Gpu]) -> int:
    cache = load_settings().download_dir
    rows: list[dict[str, Any]] = []
    for model in MODELS:
        for kind in model.kinds:
            for variant in model.variants(kind):
                one = from_catalog(variant)
                row: dict[str, Any] = {
                    "name": model.short,
                    "repository": variant.repository,
                    "precision": PRECISION_NAMES[variant.precision],
                    "official": variant.official,
                    "here": cached_folder(variant.repository, None, cache) is not None,
                    "good_for": model.good_for,
                    "licence": model.licence,
                    "weights": round(one.weights.total),
                    "fits": None,
                    "max_model_len": None,
                }
                if gpus:
                    made = make_plan([one], gpus)
                    row["fits"] = made.fits
                    row["max_model_len"] = made.settings["max_model_len"] if made.fits else None
                rows.append(row)
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'Name':<18}{'Repository':<48}{'Type':<8}{'Weights':>9}  Fits")
    for row in rows:
        weights = f"{row['weights'] / 1e9:.0f} GB"
        fits = {None: "?", True: "yes", False: "no"}[row["fits"]]
        if row["max_model_len"]:
            fits += f", window {row['max_model_len']:,}"
        fits += " (downloaded)" if row["here"] else ""
        fits += "" if row["licence"] == APACHE else f"; licence: {row['licence']}"
        start = f"{row['name']:<18}{row['repository']:<48}{row['precision']:<8}"
        print(f"{start}{weights:>9}  {fits}")
    if not gpus:
        print("There is no NVIDIA GPU here. To plan for one: --gpu-memory 24GiB")
    return 0


def _advise(arguments: argparse.Namespace, gpus: list[Gpu]) -> int:
    if not gpus:
        raise BadModel("There is no NVIDIA GPU here. To plan for one: --gpus 1 --gpu-memory 24GiB")
    prices = {name: getattr(arguments, name) for name in _PRICES}
    missing = [f"--{name.replace('_', '-')}" for name, value in prices.items() if value is None]
    if missing and len(missing) < len(_PRICES):
        print(f"The cost comparison also needs {', '.join(missing)}.", file=sys.stderr)
        return 2
    costs = []
    if not missing:
        values = [prices[name] for name in _PRICES]
        costs = compare(Costs(*values), arguments.tokens_a_month)
    advice = advise(arguments.use, gpus)
    if arguments.json:
        print(json.dumps(_as_json(advice, costs), indent=2))
    else:
        name = advice.plan.checkpoint.name if advice.plan else "Nothing fits"
        print(f"{arguments.use}: {name}")
        for line in (*advice.reasons, *costs):
            print(f"  {line}")
    return 0 if advice.plan else 1


def _as_json(advice: Advice, costs: list[str]) -> dict[str, Any]:
    return {
        "use": advice.use,
        "plan": advice.plan and advice.plan.as_json(),
        "reasons": list(advice.reasons),
        "costs": costs,
    }


def _price(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e15:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return value
