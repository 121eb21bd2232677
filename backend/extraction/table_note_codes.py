"""Defines the codes of the sentences in tables: notes of a table, and notes of a cell."""

from __future__ import annotations

from backend.extraction import model_merge
from backend.extraction.tables import (
    callouts,
    dimensions,
    guards,
    limits,
    noted_fields,
    page_tables,
    part_numbers,
    parts_lists,
    sheet_notes,
    title_block,
    title_cells,
    transcript,
)
from backend.extraction.views import sheet_map, view_names
from backend.sentence_codes import SentenceCodes

#: Codes are stable; the page has a text for each (`table.…` in `frontend/src/i18n/en.ts`).
CODES = SentenceCodes(
    {
        "no_dimensions": dimensions.NO_DIMENSIONS,
        "no_parts_list": parts_lists.NO_BOM,
        "no_revisions": parts_lists.NO_REVISIONS,
        "no_notes": sheet_notes.NO_NOTES,
        "no_part_numbers": part_numbers.NO_NUMBERS,
        "no_title_block": title_block.NO_TITLE_BLOCK,
        "no_such_field": title_block.NO_FIELD,
        "no_text": transcript.NO_TEXT,
        "page_without_text": page_tables.NO_TEXT,
        "recognised": page_tables.RECOGNISED,
        "unnamed_views": sheet_map.ONLY_NAMED,
        "named_by_position": view_names.BY_PLACE,
        "text_only": model_merge.TEXT_ONLY,
        "model_not_ready": model_merge.MODEL_NOT_READY,
        "demo_model": model_merge.DEMO_MODEL,
        "page_not_read": model_merge.NOT_READ,
        "model_adds": model_merge.NOT_TAKEN_OVER,
        "model_reads": model_merge.READS,
        "model_reads_unlisted": model_merge.READS_BESIDE,
        "iso_286_millimetres": limits.ISO_286_MILLIMETRES,
        "iso_2768_millimetres": limits.ISO_2768_MILLIMETRES,
        "iso_2768_angle": limits.ISO_2768_ANGLE,
        "fit_of_two_parts": limits.FIT_OF_TWO,
        "no_tolerance": limits.NO_TOLERANCE,
        "one_limit": limits.ONE_LIMIT,
        "basic_dimension": limits.BASIC,
        "framed_number": callouts.FRAMED_NUMBER,
        "unread_beside": callouts.UNREAD,
        "faint": callouts.FAINT,
        "zero_tolerance": guards.NO_TOLERANCE,
        "deviation_too_large": guards.DEVIATION,
        "crossed_limits": guards.CROSSED,
        "size_too_large": guards.TOO_LARGE,
        "from_notes": noted_fields.FROM_NOTES,
        "also_written": dimensions.ALSO_WRITTEN,
        "empty_cell": title_cells.EMPTY_CELL,
    }
)
