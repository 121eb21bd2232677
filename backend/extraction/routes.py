"""HTTP routes for extraction: start, poll, download, correct a cell.

They turn requests into calls of the `Extractor` and tables into bodies; `main` maps errors.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from backend.errors import BadRequest, NotFound
from backend.extraction import table_files as export
from backend.extraction.corrections import REMOVED, ROW, as_seen
from backend.extraction.extractor import Extractor, Job
from backend.extraction.extractor_dependency import RunningExtractor
from backend.extraction.inspection import as9102 as inspection
from backend.extraction.table_note_codes import CODES
from backend.extraction.tables.table import Kind, Table
from backend.extraction.views.sheet_map import PART_NAMES
from backend.requests.owner import Owner
from backend.storage.extractions import CorrectionRow, StoredExtraction

router = APIRouter(prefix="/api/drawings/{drawing_id}", tags=["extraction"])

Format = Literal["json", "csv", "xlsx"]
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


_PART_CODES = {name: code for code, name in PART_NAMES.items()}

#: Columns that cannot be corrected: the balloon numbers and the field names.
FIXED = {("dimensions", "number"), ("title_block", "field")}


class ExtractRequest(BaseModel):
    """What to extract. Without `pages`: all pages. `model`: whether the model reads too; if left
    out, it does when it is ready and not the demo.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    pages: Annotated[list[int], Field(max_length=10_000)] | None = None
    model: bool | None = None


class CellCorrection(BaseModel):
    """A person's value for a cell. A null `value` reverts the correction; column `row` with the
    value `removed` removes the row.
    """

    model_config = ConfigDict(extra="forbid")

    row: str = Field(max_length=64)
    column: str = Field(max_length=32)
    value: str | None = Field(default=None, max_length=10_000)


@router.post("/extract", status_code=202)
async def start(
    drawing_id: str, wanted: ExtractRequest, extractor: RunningExtractor, owner: Owner
) -> dict[str, Any]:
    """Start an extraction; poll it with `GET …/extract/{kind}`."""
    job = await extractor.start(owner, drawing_id, wanted.kind, wanted.pages, model=wanted.model)
    return _job_body(job)


@router.get(
    "/extract/{kind}",
    response_class=Response,
    responses={
        200: {"content": {media_type.partition(";")[0]: {} for media_type in MEDIA_TYPES.values()}},
        202: {"content": {"application/json": {}}, "description": "Not done yet: its progress"},
    },
)
async def result(
    drawing_id: str,
    kind: Kind,
    extractor: RunningExtractor,
    owner: Owner,
    format: Annotated[Format, Query()] = "json",
    form: Annotated[Literal["table", "as9102"], Query()] = "table",
) -> Response:
    """202 with the progress while it runs, then the table; `form=as9102` returns the dimensions as
    an inspection list.
    """
    state = await extractor.state(owner, drawing_id, kind)
    if isinstance(state, Job):
        return JSONResponse(_job_body(state), 202)
    table = as_seen(state)
    if form == "as9102":
        data = await _inspection_list(extractor, owner, drawing_id, table, format)
    elif format == "json":
        return JSONResponse(table_body(table, state))
    else:
        write = export.table_csv if format == "csv" else export.table_xlsx
        data = await asyncio.to_thread(write, table)
    name = f"{'inspection' if form == 'as9102' else kind}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=MEDIA_TYPES[format], headers=headers)


@router.patch("/extract/{kind}")
async def correct(
    drawing_id: str,
    kind: Kind,
    change: CellCorrection,
    extractor: RunningExtractor,
    owner: Owner,
) -> dict[str, Any]:
    """Correct a cell; returns the whole corrected table."""
    state = await extractor.state(owner, drawing_id, kind)
    if isinstance(state, Job):
        raise BadRequest("This is being extracted anew. Correct it when it is done.")
    table = Table.from_json(state.result)
    if change.row not in {row.id for row in table.rows}:
        raise NotFound("There is no such row. The table may have been extracted anew.")
    if change.column == ROW:
        if change.value not in (None, REMOVED):
            raise BadRequest(f"The column `row` takes the value `{REMOVED}` or null.")
    elif change.column not in table.columns or (kind, change.column) in FIXED:
        raise BadRequest("This column cannot be corrected.")
    await extractor.store.correct(owner, drawing_id, kind, change.row, change.column, change.value)
    stored = await extractor.store.find(owner, drawing_id, kind)
    if stored is None:
        raise NotFound("There is no such drawing. It may have been deleted.")
    return table_body(as_seen(stored), stored)


@router.get("/extract/{kind}/corrections")
async def corrections(
    drawing_id: str, kind: Kind, extractor: RunningExtractor, owner: Owner
) -> dict[str, Any]:
    """Every correction made in this table, oldest first."""
    await extractor.state(owner, drawing_id, kind)
    made = await extractor.store.history(owner, drawing_id, kind)
    return {"items": [_correction_body(one) for one in made]}


def table_body(table: Table, stored: StoredExtraction) -> dict[str, Any]:
    """Return the body of a finished table, with the codes of its sentences."""
    values = table.to_json()
    for row in values["rows"]:
        for cell in row["cells"].values():
            if "note" in cell:
                cell["note_code"] = CODES.of(cell["note"])
        if table.kind == "views" and "name" in row["cells"]:
            name = row["cells"]["name"]
            name["value_code"] = _PART_CODES.get(name["value"])
    codes = CODES.of_all(table.notes)
    return {**values, "note_codes": codes, "created_at": stored.created_at}


async def _inspection_list(
    extractor: Extractor, owner: str, drawing_id: str, table: Table, format: Format
) -> bytes:
    if table.kind != "dimensions" or format == "json":
        raise BadRequest("The inspection list is made of the dimensions, as csv or xlsx.")
    if format == "csv":
        return await asyncio.to_thread(inspection.form_csv, table)
    head = await extractor.table(owner, drawing_id, "title_block")
    values = {row.value("field") or "": row.value("value") for row in reversed(head.rows)}
    return await asyncio.to_thread(inspection.form_xlsx, table, values)


def _job_body(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": {"done": job.done, "total": job.total, "unit": "pages"},
    }


def _correction_body(one: CorrectionRow) -> dict[str, Any]:
    return {
        "row": one.row,
        "column": one.column,
        "value": one.value,
        "by": one.by,
        "at": one.at,
    }
