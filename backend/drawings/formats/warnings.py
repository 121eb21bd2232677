"""What is said of a drawing that was taken in but is not as it should be.

English sentences with places for values; the page has each in its other languages, by the
sentence itself (`frontend/src/i18n/sentences.ts`).
"""

from __future__ import annotations

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
