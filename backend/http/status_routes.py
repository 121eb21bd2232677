"""Status routes: liveness, readiness, the model, metrics."""

from __future__ import annotations

import asyncio
from typing import get_args

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from backend.chat.protocol.model_status import model_info
from backend.chat.protocol.server_frames import ModelInfo
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
    """200 when the engine can answer, else 503; the body is that of `/api/model` either way.

    A sleeping engine counts as ready: it wakes within seconds.
    """
    info = model_info(state.service.status())
    return JSONResponse(info.model_dump(), 200 if info.state in ("ready", "asleep") else 503)


@router.get("/api/model")
async def model(state: State) -> ModelInfo:
    """The model's state, progress and limits."""
    return model_info(state.service.status())


class ModelChoice(BaseModel):
    """The model to switch to: a name such as `qwen3-vl:8b`, a repository or a folder."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1, max_length=500)


@router.post("/api/model", status_code=202)
async def switch_model(state: State, owner: Owner, choice: ModelChoice) -> ModelInfo:
    """Switch to another model: running answers finish first; new questions are queued.

    202 once the switch is known to be possible; `GET /api/model` then reports its state. If the
    model does not load, the previous one returns, with the reason in `error`. The switch affects
    all users, so only the owner of the server may start it: without tokens the local user, else
    the token in the settings.
    """
    if owner != LOCAL_OWNER:
        raise NotAllowed("Only the owner of this server may switch its model.")
    await state.model_switch.begin(choice.model)
    return model_info(state.service.status())


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(state: State) -> Response:
    """Prometheus metrics, vLLM's and our own."""
    WAITING.set(state.turns.waiting())
    RUNNING.set(state.turns.running())
    PREFILLS.set(len(state.turns.prefills))
    TASKS.set(len(asyncio.all_tasks()))
    show_state(state.service.status().state, get_args(ModelState))
    body = await asyncio.to_thread(generate_latest)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
