"""HTTP routes for the bundled sample drawings: list them, and add one.

A sample becomes an ordinary drawing of the owner, as if it had been uploaded.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.responses import Response

from backend.config.settings import PROJECT_ROOT
from backend.drawings.dependencies import Library
from backend.drawings.routes import TAKEN_IN, drawing_body
from backend.errors import NotFound
from backend.requests.owner import Owner

router = APIRouter(prefix="/api/samples", tags=["samples"])

SAMPLES = PROJECT_ROOT / "demo" / "samples"


@router.get("")
async def list_samples() -> dict[str, Any]:
    """Each with `name`, `title`, the `sha256` of its file, and starter questions by language."""
    return {"items": [body for body, _ in await asyncio.to_thread(_samples)]}


@router.post("/{name}", status_code=201, responses=TAKEN_IN)
async def take_in(name: str, library: Library, owner: Owner) -> Response:
    """Add the sample to the owner's drawings. 200 if the owner already has it."""
    samples = {body["name"]: path for body, path in await asyncio.to_thread(_samples)}
    path = samples.get(name)
    if path is None:
        raise NotFound("Sample drawing not found.")
    async with library.spool() as spool:
        await spool.write(await asyncio.to_thread(path.read_bytes))
        info, created = await library.add(owner, path.name, spool)
    return JSONResponse(drawing_body(library, owner, info), 201 if created else 200)


def _samples() -> list[tuple[dict[str, Any], Path]]:
    """Each sample's response body and its file; empty if the folder is missing."""
    try:
        listed = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))["items"]
    except OSError:
        return []
    found = []
    for sample in listed:
        path = SAMPLES / sample["file"]
        body = {key: sample[key] for key in ("name", "title", "questions")}
        found.append((body | {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}, path))
    return found


def is_sample(sha256: str) -> bool:
    """Whether a drawing with this content is one of the samples or a picture of one."""
    return sha256 in _hashes()


@cache
def _hashes() -> frozenset[str]:
    files = [path for path in SAMPLES.glob("*") if path.suffix in (".pdf", ".png")]
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
