"""All tools the model can call while it answers.

Finds the tool, runs it, and words errors so that the model can continue.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from backend.errors import DrawingChatError
from backend.tools.engineering_tools import TOOLS
from backend.tools.sheet_tools import SHEET_TOOLS, Looked, SheetTools
from backend.tools.tool_definition import Json, ToolError

logger = logging.getLogger(__name__)

#: As the chat template prints them: always all, in this order, because they begin every prompt.
SCHEMAS: tuple[Json, ...] = tuple(
    tool.schema() for tool in (*SHEET_TOOLS.values(), *TOOLS.values())
)


class Toolbox:
    """The tools for one turn."""

    def __init__(self, sheets: SheetTools) -> None:
        self._sheets = sheets

    async def call(self, name: str, arguments: Any) -> Looked:
        """Run a tool. Raises `ToolError`, whose message is for the model and for people."""
        try:
            if name in SHEET_TOOLS:
                return await self._sheets(name, arguments)
            if name in TOOLS:
                result = await asyncio.to_thread(TOOLS[name], arguments)
                return Looked(result, json.dumps(result, ensure_ascii=False))
        except ToolError:
            raise
        except DrawingChatError as error:
            raise ToolError(str(error)) from None
        except Exception:
            logger.exception("The tool %s failed", name)
            raise ToolError(f"{name} failed. Continue without it.") from None
        known = ", ".join([*SHEET_TOOLS, *TOOLS])
        raise ToolError(f"There is no tool “{name[:60]}”. Available: {known}.")
