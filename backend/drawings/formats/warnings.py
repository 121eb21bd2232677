"""Warnings about drawings accepted with defects: English sentences and their codes."""

from __future__ import annotations

from backend.sentence_codes import SentenceCodes

PARTLY_DAMAGED = "Parts of the picture are damaged; what is shown may be wrong there."
LOW_RESOLUTION = (
    "Low resolution: page {page} has only {width}×{height} pixels; small text may not be readable."
)
NOT_LOOKED_INTO = "Page {page} was not looked into; it is taken at {dpi} dpi."
KEPT_COARSER = "Page {page} is kept at {dpi} dpi instead of {wanted}."
LAYOUT_WITHOUT_PAPER = "Layout {layout} has no usable paper size; it is fitted to A3."
NOT_SHOWN = "{count} damaged entities of {layout} are not shown."
SVG_WITHOUT_PAPER = "The SVG has no paper size; it is fitted to A3."
MORE = "And {count} more of the kind."

#: Codes are stable; the page has a text for each (`warning.…` in `frontend/src/i18n/en.ts`).
CODES = SentenceCodes(
    {
        "partly_damaged": PARTLY_DAMAGED,
        "low_resolution": LOW_RESOLUTION,
        "not_inspected": NOT_LOOKED_INTO,
        "reduced_resolution": KEPT_COARSER,
        "layout_without_paper": LAYOUT_WITHOUT_PAPER,
        "entities_not_shown": NOT_SHOWN,
        "svg_without_paper": SVG_WITHOUT_PAPER,
        "more": MORE,
    }
)
