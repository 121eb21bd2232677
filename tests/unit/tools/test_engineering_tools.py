"""The engineering tools: plain JSON in and out, with helpful errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.commands.tool import tool_command
from backend.tools.engineering_tools import TOOLS
from backend.tools.tool_definition import ToolError

Output = pytest.CaptureFixture[str]


def call(name: str, **arguments: Any) -> dict[str, Any]:
    answer = TOOLS[name](arguments)
    json.dumps(answer)
    return answer


def test_a_fit() -> None:
    answer = call("limits_and_fits", designation="Ø20 H7/g6")
    assert answer["hole"]["lower_um"] == 0 and answer["hole"]["upper_um"] == 21
    assert answer["shaft"]["lower_um"] == -20 and answer["shaft"]["upper_um"] == -7
    assert (answer["shaft"]["smallest_mm"], answer["shaft"]["largest_mm"]) == (19.98, 19.993)
    assert answer["kind"] == "clearance"
    assert (answer["clearance_min_um"], answer["clearance_max_um"]) == (7, 41)
    tight = call("limits_and_fits", designation="20 H7/p6")
    assert (tight["kind"], tight["clearance_min_um"], tight["clearance_max_um"]) == (
        "interference", -35, -1)  # fmt: skip


def test_a_single_class_has_null_for_the_other() -> None:
    answer = call("limits_and_fits", designation="25 js7")
    assert answer["hole"] is None and answer["shaft"]["upper_um"] == 10.5
    assert "kind" not in answer


@pytest.mark.parametrize("nominal", [25, 25.0, "25", "25 mm", "25,0", "Ø25"])
def test_a_general_tolerance(nominal: object) -> None:
    answer = call("general_tolerance", nominal=nominal, **{"class": "ISO 2768-mK"})
    assert (answer["deviation_mm"], answer["smallest_mm"], answer["largest_mm"]) == (
        0.2,
        24.8,
        25.2,
    )


def test_a_general_tolerance_of_an_angle() -> None:
    answer = call("general_tolerance", nominal=30, feature="angle", **{"class": "m"})
    assert (answer["deviation_minutes"], answer["deviation_deg"]) == (30, 0.5)


def test_a_thread() -> None:
    answer = call("thread", designation="M10x1.5-6g")
    assert answer["external"]["major"] == {"smallest_mm": 9.732, "largest_mm": 9.968}
    assert answer["internal"] is None and answer["tapping_drill_mm"] == 8.5
    assert call("thread", designation="1/4-20 UNC")["threads_per_inch"] == 20


def test_a_conversion_keeps_the_precision() -> None:
    assert call("convert", quantity="1.250 in", unit="mm")["value"] == "31.75"
    assert call("convert", quantity="1.2500 in", unit="mm")["value"] == "31.750"


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("limits_and_fits", {}, "needs the argument “designation”"),
        ("limits_and_fits", {"designation": 20}, "must be a string"),
        ("limits_and_fits", {"designation": "x" * 81}, "at most 80"),
        ("limits_and_fits", {"fit": "20 H7"}, "it takes: designation"),
        ("limits_and_fits", ["20 H7"], "takes a JSON object"),
        ("limits_and_fits", {"designation": "4000 H7"}, "up to 3150 mm"),
        ("general_tolerance", {"nominal": "wide", "class": "m"}, "must be a number"),
        ("general_tolerance", {"nominal": True, "class": "m"}, "must be a number or string"),
        ("general_tolerance", {"nominal": float("nan"), "class": "m"}, "must be a number"),
        ("general_tolerance", {"nominal": 25, "class": "q"}, "f, m, c or v"),
        ("general_tolerance", {"nominal": 25, "class": "m", "feature": "hole"}, "one of: linear"),
        ("thread", {"designation": "Pg 11"}, "Other threads are not supported"),
        ("convert", {"quantity": "1 in", "unit": "kg"}, "does not measure"),
    ],
)
def test_a_wrong_call_gets_a_helpful_error(name: str, arguments: Any, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        TOOLS[name](arguments)


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_the_template_can_print_each_schema(tool: Any) -> None:
    schema = json.loads(json.dumps(tool.schema()))
    assert schema["type"] == "function"
    function = schema["function"]
    assert function["name"] == tool.name and function["description"].endswith(".")
    assert set(function["parameters"]["required"]) <= set(function["parameters"]["properties"])
    for property_schema in function["parameters"]["properties"].values():
        assert property_schema["description"] or property_schema["enum"]


@given(st.sampled_from(sorted(TOOLS)), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["designation", "nominal", "class", "quantity", "unit", "x"]), inner,
        max_size=3), max_leaves=5))  # fmt: skip
def test_any_arguments_end_in_an_answer_or_a_tool_error(name: str, arguments: Any) -> None:
    try:
        assert isinstance(TOOLS[name](arguments), dict)
    except ToolError as error:
        assert str(error)


def test_the_command_prints_json(capsys: Output) -> None:
    assert tool_command(["limits_and_fits", '{"designation": "20 H7/g6"}']) == 0
    assert json.loads(capsys.readouterr().out)["clearance_max_um"] == 41


def test_the_command_explains_the_error(capsys: Output) -> None:
    assert tool_command(["thread", '{"designation": "M13"}']) == 1
    assert "write the pitch" in json.loads(capsys.readouterr().out)["error"]
    assert tool_command(["thread", '{"designation": M10}']) == 2
    assert "not valid JSON" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        tool_command(["nope", "{}"])
    assert ended.value.code == 2
