"""Codes of the notes in engineering results."""

from __future__ import annotations

from backend.engineering import pipe_threads, threads
from backend.sentence_codes import SentenceCodes

#: Codes are stable; the page has a text for each (`standard.…` in `frontend/src/i18n/en.ts`).
CODES = SentenceCodes(
    {
        "fine_pitch": threads.FINE_PITCH,
        "drill_listed": threads.DRILL_LISTED,
        "drill_computed": threads.DRILL_COMPUTED,
        "taper": pipe_threads.TAPER,
        "taper_small_end": pipe_threads.TAPER_SMALL_END,
    }
)
