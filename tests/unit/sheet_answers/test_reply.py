"""A reply's text, and citations that the evidence frame accepts."""

from __future__ import annotations

from typing import get_args

import pytest

from backend.chat.protocol.server_frames import EvidenceItem
from backend.extraction.tables.table import Field, Source, Status
from backend.geometry import Box
from backend.sheet_answers.reply import Reply


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("source", get_args(Source))
def test_every_cell_becomes_an_evidence_item(status: Status, source: Source) -> None:
    reply = Reply("en").cell(Field("Ø8 H7", status, Box(1, 2, 3, 4), 1, source), "d1")
    item = EvidenceItem.model_validate(reply.citations[0].to_json())
    assert item.text == "Ø8 H7" and item.box == (1, 2, 3, 4)


def test_text_after_a_list_is_a_paragraph_of_its_own() -> None:
    reply = (
        Reply("en").line("On the sheet:").line("- Ø8").line("- Ø9").line("Check it.").line("- R5")
    )
    assert reply.text == "On the sheet:\n- Ø8\n- Ø9\n\nCheck it.\n- R5"
