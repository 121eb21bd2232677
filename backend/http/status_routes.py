"""Routes that tell how the server is: liveness, readiness, the model, metrics."""

from __future__ import annotations

import asyncio
from typing import get_args

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from backend.chat.protocol.frames import ModelInfo
from backend.chat.protocol.model_status import model_info
from backend.errors import NotAllowed
from backend.http.app_state import State
from backend.metrics import PREFILLS, RUNNING, TASKS, WAITING, show_state
from backend.model.service import State as ModelState
from backend.requests.owner import LOCAL_OWNER, Owner

router = APIRouter()


@router.get("/health")
async def health() -> dict[str, str]:
    """200 while the process serves."""
    return {"status": "ok"}


@router.get("/ready", response_model=ModelInfo, responses={503: {"model": ModelInfo}})
async def ready(state: State) -> JSONResponse:
    """200 when the engine answers, else 503; the body is `/api/model`'s either way.

    One that sleeps answers too, some seconds later.
    """
    info = model_info(state.service.status())
    return JSONResponse(info.model_dump(), 200 if info.state in ("ready", "asleep") else 503)


@router.get("/api/model")
async def model(state: State) -> ModelInfo:
    """State, progress and limits of the model."""
    return model_info(state.service.status())


class Wanted(BaseModel):
    """The model to change to: a name such as `qwen3-vl:8b`, a repository or a folder."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1, max_length=500)


@router.post("/api/model", status_code=202)
async def switch_model(state: State, owner: Owner, wanted: Wanted) -> ModelInfo:
    """Change to another model: answers that run end first, questions that come wait for it.

    202 once it is known to be possible; the state then tells. A model that does not load gives
    way to the old one, and `error` says why. It concerns everybody, so that only the owner of
    the server may: who sits at it, or has the token of the settings.
    """
    if owner != LOCAL_OWNER:
        raise NotAllowed("Only the owner of this server may change its model.")
    await state.model_switch.begin(wanted.model)
    return model_info(state.service.status())


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(state: State) -> Response:
    """Prometheus metrics: vLLM's and ours."""
    WAITING.set(state.turns.waiting())
    RUNNING.set(state.turns.running())
    PREFILLS.set(state.turns.prefilling())
    TASKS.set(len(asyncio.all_tasks()))
    show_state(state.service.status().state, get_args(ModelState))
    body = await asyncio.to_thread(generate_latest)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
