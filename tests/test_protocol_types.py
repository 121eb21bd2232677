"""The page's types of the frames are those of the models."""

from __future__ import annotations

import json

import pytest

from backend.chat.protocol import frames as protocol
from backend.chat.protocol import typescript
from tests.conftest import PROJECT_ROOT


def test_the_page_has_the_types_of_the_present_models() -> None:
    written = (PROJECT_ROOT / "frontend" / "src" / "protocol.ts").read_text(encoding="utf-8")
    assert written == typescript.typescript(), (
        "frontend/src/protocol.ts is stale: "
        "python -m backend.chat.protocol.typescript > frontend/src/protocol.ts"
    )


def test_what_a_client_sends_may_leave_defaults_out() -> None:
    lines = typescript.typescript().splitlines()
    ask = lines[lines.index("export interface Ask {") :]
    assert '  type: "ask";' in ask
    assert "  conversation_id?: string | null;" in ask
    assert "  text: string;" in ask


def test_what_the_server_sends_is_complete() -> None:
    text = typescript.typescript()
    assert "  queue_position: number;" in text
    assert "  box: Box | null;" in text
    assert "  progress: ModelProgress | null;" in text
    assert '  finish_reason: "stop" | "length";' in text


def test_an_error_names_only_what_it_is_about() -> None:
    """The page once took a refusal without `turn_id` for a turn's, and showed it nowhere."""
    sent = protocol.encode(protocol.ErrorFrame(code="busy", message="Later.", id="x"))
    assert set(json.loads(sent)) == {"type", "code", "message", "id"}
    lines = typescript.typescript().splitlines()
    error = lines[lines.index("export interface ErrorFrame {") :]
    assert "  code: string;" in error[:8]
    assert {"  id?: string | null;", "  turn_id?: string | null;"} <= set(error[:8])


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="No TypeScript type"):
        typescript._type({"not": {"type": "string"}})
