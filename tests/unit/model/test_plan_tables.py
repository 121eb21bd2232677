"""Generated tables match the files."""

from __future__ import annotations

import re

from backend.config.settings import PROJECT_ROOT
from backend.model.selection.plan_tables import COUNTS, NAMES, SIZES, document, readme_table


def test_the_plans_are_the_generated_ones() -> None:
    text = document()
    assert (PROJECT_ROOT / "docs" / "plans.md").read_text(encoding="utf-8") == text
    rows = re.findall(r"^\| \d × \d+ GB \| (?:yes|no) \|", text, re.MULTILINE)
    assert len(rows) == len(NAMES) * len(SIZES) * len(COUNTS) == 120


def test_the_hardware_table_is_the_generated_one() -> None:
    text = (PROJECT_ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
    between = re.search(r"<!-- hardware:.*?-->\n(.*?)<!-- /hardware -->", text, re.DOTALL)
    assert between is not None
    assert between[1] == readme_table()
    assert "(BF16) | 62 GB |" in between[1]
