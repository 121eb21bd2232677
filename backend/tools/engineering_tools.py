"""The engineering standards as tools: fits, general tolerances, threads, conversion.

Arguments and results are plain JSON. The calculations are in `backend.engineering`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.engineering import fits, threads, tolerances, units
from backend.engineering.engineering_errors import EngineeringError
from backend.tools.tool_definition import Json, Tool, ToolError

_TEXT = {"type": "string", "maxLength": 80}


def limits_and_fits(arguments: Mapping[str, Any]) -> Json:
    """Map `{"designation": "Ø20 H7/g6"}` to the deviations of hole and shaft and their
    clearance."""
    fit = _ask(fits.limits_and_fits, arguments["designation"])
    answer: Json = {
        "designation": arguments["designation"],
        "nominal_mm": plain(fit.size_mm),
        "hole": _limits(fit.size_mm, fit.hole_class, fit.hole),
        "shaft": _limits(fit.size_mm, fit.shaft_class, fit.shaft),
    }
    if fit.clearance_min_um is not None and fit.clearance_max_um is not None:
        answer["kind"] = fit.kind
        answer["clearance_min_um"] = plain(fit.clearance_min_um)
        answer["clearance_max_um"] = plain(fit.clearance_max_um)
    return {**answer, "standard": "ISO 286-1:2010"}


def general_tolerance(arguments: Mapping[str, Any]) -> Json:
    """Map `{"nominal": 25, "class": "m"}` to the deviation permitted by ISO 2768-1."""
    nominal = number(arguments["nominal"], "nominal")
    feature = arguments.get("feature", "linear")
    found = _ask(tolerances.general_tolerance, nominal, arguments["class"], feature)
    answer: Json = {"nominal": plain(nominal), "class": found.tolerance_class, "feature": feature}
    if found.unit == "mm":
        answer["deviation_mm"] = plain(found.deviation)
        answer["smallest_mm"] = plain(nominal - found.deviation)
        answer["largest_mm"] = plain(nominal + found.deviation)
    else:
        answer["shorter_side_mm"] = plain(nominal)
        answer["deviation_minutes"] = plain(found.deviation)
        answer["deviation_deg"] = plain(round(found.deviation / 60, 4))
    return {**answer, "standard": "ISO 2768-1:1989"}


def thread(arguments: Mapping[str, Any]) -> Json:
    """Map `{"designation": "M10x1.5-6g"}` to its diameters, limits and tapping drill."""
    found = _ask(threads.thread, arguments["designation"])
    unit = found.unit
    answer: Json = {
        "designation": found.designation,
        "series": found.series,
        "left_hand": found.left_hand,
        f"major_{unit}": plain(found.major),
        f"pitch_{unit}": plain(found.pitch),
        f"pitch_diameter_{unit}": plain(found.pitch_diameter),
        **{
            f"{name}_{unit}": plain(size)
            for name, size in (
                ("minor_internal", found.minor_internal),
                ("minor_external", found.minor_external),
            )
            if size is not None
        },
        "external": _ranges(found.external, unit),
        "internal": _ranges(found.internal, unit),
    }
    if found.threads_per_inch is not None:
        answer["threads_per_inch"] = plain(found.threads_per_inch)
    if found.tapping_drill is not None:
        answer[f"tapping_drill_{unit}"] = plain(found.tapping_drill)
    return {**answer, "notes": list(found.notes), "standard": found.standard}


def convert(arguments: Mapping[str, Any]) -> Json:
    """Map `{"quantity": "1.250 in", "unit": "mm"}` to the value at the written precision."""
    found = _ask(units.convert, arguments["quantity"], arguments["unit"])
    return {
        "quantity": arguments["quantity"],
        "value": f"{found.rounded:f}",
        "exact": f"{found.exact:f}",
        "unit": found.unit,
    }


def plain(value: Decimal) -> int | float:
    """The number as in JSON: 21, not 21.0."""
    return int(value) if value == value.to_integral() else float(value)


def number(value: Any, name: str) -> Decimal:
    """A number given directly or as text, with a decimal point or comma and an optional mm."""
    text = re.sub(r"\s*mm$", "", str(value).strip().lstrip("Øø⌀R")).strip().replace(",", ".")
    try:
        result = Decimal(text)
    except InvalidOperation:
        raise ToolError(f"“{name}” must be a number in mm, like 25.") from None
    if not result.is_finite() or abs(result) > 1_000_000:
        raise ToolError(f"“{name}” must be a number in mm, like 25.")
    return result


def _ask(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except EngineeringError as error:
        raise ToolError(str(error)) from None


def _limits(size: Decimal, name: str | None, limits: fits.Limits | None) -> Json | None:
    if limits is None:
        return None
    return {
        "class": name,
        "lower_um": plain(limits.lower_um),
        "upper_um": plain(limits.upper_um),
        "smallest_mm": plain(size + limits.lower_um / 1000),
        "largest_mm": plain(size + limits.upper_um / 1000),
    }


def _ranges(ranges: Mapping[str, threads.Range], unit: str) -> Json | None:
    if not ranges:
        return None
    return {
        name: {
            f"smallest_{unit}": None if limits.smallest is None else plain(limits.smallest),
            f"largest_{unit}": None if limits.largest is None else plain(limits.largest),
        }
        for name, limits in ranges.items()
    }


def _schema(required: tuple[str, ...], **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "limits_and_fits",
            "Limit deviations in micrometres of an ISO 286 tolerance class; for a pair also the "
            "kind of fit and its clearance (negative: interference). Never calculate these "
            "yourself.",
            _schema(
                ("designation",),
                designation={**_TEXT, "description": "Size and class, e.g. 20 H7/g6 or 20 h6"},
            ),
            limits_and_fits,
        ),
        Tool(
            "general_tolerance",
            "The deviation that ISO 2768-1 permits for a dimension without its own tolerance.",
            _schema(
                ("nominal", "class"),
                nominal={
                    "type": ["number", "string"],
                    "maxLength": 40,
                    "description": "Nominal size in mm; for an angle its shorter side",
                },
                **{"class": {**_TEXT, "description": "f, m, c or v, or as written: ISO 2768-mK"}},
                feature={
                    "type": "string",
                    "enum": ["linear", "radius", "angle"],
                    "description": "radius also covers chamfers; default: linear",
                },
            ),
            general_tolerance,
        ),
        Tool(
            "thread",
            "Diameters, limits and tapping drill of a metric thread (ISO 261, ISO 965-1), limits "
            "of a UNC, UNF or UNEF thread (ASME B1.1), or basic dimensions of a pipe thread (G, "
            "R, Rc, Rp, NPT) or a Tr thread.",
            _schema(
                ("designation",),
                designation={
                    **_TEXT,
                    "description": "e.g. M10x1.5-6g, M8-6H/6g, 1/4-20 UNC-2A or G1/2",
                },
            ),
            thread,
        ),
        Tool(
            "convert",
            "Convert a quantity to another unit at the written precision.",
            _schema(
                ("quantity", "unit"),
                quantity={**_TEXT, "description": "Number and unit as written, e.g. 1.250 in"},
                unit={**_TEXT, "description": "Unit to convert to, e.g. mm"},
            ),
            convert,
        ),
    )
}
