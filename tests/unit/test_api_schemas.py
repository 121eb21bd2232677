"""The schemas for type generators say which fields are always sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.chat.protocol import server_frames as frames
from scripts.api_schemas import schemas


@pytest.fixture(scope="module")
def definitions() -> dict[str, Any]:
    found: dict[str, Any] = schemas()["schema"]["$defs"]
    return found


def test_a_client_may_leave_out_fields_with_defaults(definitions: dict[str, Any]) -> None:
    assert set(definitions["Ask"]["required"]) == {"type", "id", "text"}
    assert definitions["DrawingReference"]["required"] == ["id"]


def test_the_server_sends_every_field(definitions: dict[str, Any]) -> None:
    for name in ("Hello", "ToolFrame", "EvidenceItem", "ModelInfo", "DrawingBody", "MessageInfo"):
        assert definitions[name]["required"] == list(definitions[name]["properties"]), name


def test_an_error_leaves_out_what_it_does_not_name(definitions: dict[str, Any]) -> None:
    """The page once took an error without `turn_id` for a turn's, and showed it nowhere."""
    sent = frames.encode(frames.ErrorFrame(code="busy", message="Later.", id="x"))
    assert set(json.loads(sent)) == {"type", "code", "message", "id"}
    assert set(definitions["ErrorFrame"]["required"]) == {"type", "code", "message"}
    assert set(definitions["ErrorInfo"]["required"]) == {"code", "message"}


def test_every_reference_is_defined(definitions: dict[str, Any]) -> None:
    text = json.dumps(definitions)
    named = {part.split('"', 1)[0] for part in text.split("#/$defs/")[1:]}
    assert named <= set(definitions)
    assert "ConversationDetail" in definitions and "prefixItems" not in text
