"""The page's types of the frames are those of the models."""

from __future__ import annotations

import pytest

from backend.chat import typescript
from tests.conftest import PROJECT_ROOT


def test_the_page_has_the_types_of_the_present_models() -> None:
    written = (PROJECT_ROOT / "frontend" / "src" / "protocol.ts").read_text(encoding="utf-8")
    assert written == typescript.typescript(), (
        "frontend/src/protocol.ts is stale: "
        "python -m backend.chat.typescript > frontend/src/protocol.ts"
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


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="No TypeScript type"):
        typescript._type({"not": {"type": "string"}})
