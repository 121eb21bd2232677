"""Ends a turn with an error frame when its job fails, whichever runner has the job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from backend.chat.turns.turn import Turn
from backend.errors import DrawingChatError, EngineError, internal_error

logger = logging.getLogger(__name__)


@contextmanager
def failures_end(turn: Turn) -> Iterator[None]:
    """Run the job of a turn: an expected error is shown, any other is logged and hidden.

    A cancellation marks the turn as interrupted, unless it has ended already, and is re-raised.
    """
    try:
        yield
    except asyncio.CancelledError:
        turn.fail(EngineError("The answer was cut short."), interrupted=True)
        raise
    except DrawingChatError as error:
        turn.fail(error)
    except Exception:
        logger.exception("Turn %s failed", turn.id)
        turn.fail(internal_error())
