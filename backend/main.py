"""The server: `create_app(settings)`, its lifespan, and `python main.py`.

Creates the parts and owns them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # `python main.py`: this folder's modules are not top-level names
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from fastapi import FastAPI

from backend import __version__, logs
from backend.chat import routes as chat_routes
from backend.chat import socket as chat_socket
from backend.chat.sheet_turns.gathering import SheetGathering
from backend.chat.sheet_turns.sheet_answering import SheetAnswering
from backend.chat.turns.turn_manager import TurnManager
from backend.chat.verification import Verifier
from backend.compare import routes as compare_routes
from backend.config.settings import Settings, load_settings
from backend.drawings import routes as drawing_routes
from backend.drawings import sample_routes
from backend.drawings.images import iiif_routes
from backend.drawings.library import DrawingLibrary
from backend.drawings.sample_routes import is_sample
from backend.errors import DrawingChatError, SettingsError
from backend.extraction import routes as extraction_routes
from backend.extraction.extractor import Extractor
from backend.extraction.inspection import balloon_routes
from backend.extraction.views.background_maps import MapAhead
from backend.http import server
from backend.http.app_state import AppState
from backend.http.error_handlers import add_error_handlers
from backend.http.error_responses import ErrorBody
from backend.http.gate import Gate
from backend.http.head_requests import HeadAsGet
from backend.http.model_switch import ModelSwitch
from backend.http.page import add_page
from backend.http.status_listeners import EngineLoss, FirstReady
from backend.http.status_routes import router as status_router
from backend.http.token_store import check_bind
from backend.model.selection.choice import settled
from backend.model.selection.plan import Plan
from backend.model.service import VisionService
from backend.model.vllm.engine_args import check_sleep
from backend.openai import routes as openai_api
from backend.storage.automatic_backups import keep_copies
from backend.storage.database import FILE_NAME, Database, check_before_start

logger = logging.getLogger(__name__)

#: 3: the engine could not be restarted.
EXIT_STATUS: dict[server.Outcome, int] = {"ended": 0, "not begun": 1, "failed": 3}


def build_service(settings: Settings, plan: Plan | None = None) -> VisionService:
    """The model service chosen by the settings. vLLM is imported when it starts."""
    if settings.remote_urls:
        from backend.model.remote.remote_vision_service import RemoteVisionService

        return RemoteVisionService(settings)
    from backend.qwen_vision_service import QwenVisionService

    return QwenVisionService(settings, plan)


def create_app(
    settings: Settings,
    service: VisionService | None = None,
    given: Settings | None = None,
    plan: Plan | None = None,
) -> FastAPI:
    """The whole server as one ASGI app. `service` replaces the engine in tests; `given` are the
    settings before `plan` was applied."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = service or build_service(settings)
        async with open_parts(settings, engine, given or settings, plan) as app.state.running:
            yield

    # FastAPI's documentation pages would load scripts from other sites; /openapi.json stays.
    app = FastAPI(
        title="Drawing Chat",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            "default": {"model": ErrorBody, "description": "The error, and what to do about it"}
        },
    )
    app.include_router(status_router)
    app.include_router(drawing_routes.router)
    app.include_router(iiif_routes.router)
    app.include_router(sample_routes.router)
    app.include_router(extraction_routes.router)
    app.include_router(balloon_routes.router)
    app.include_router(compare_routes.router)
    app.include_router(chat_routes.router)
    app.include_router(chat_socket.router)
    app.include_router(openai_api.router)
    add_error_handlers(app)
    add_page(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Gate, settings=settings)
    return app


@contextlib.asynccontextmanager
async def open_parts(
    settings: Settings, service: VisionService, given: Settings, plan: Plan | None
) -> AsyncIterator[AppState]:
    """Open the parts in the order of their dependencies; close them in reverse.

    The engine loads in the background, so the server responds immediately.
    """
    async with contextlib.AsyncExitStack() as stack:
        database = await Database.open(settings.data_folder / FILE_NAME)
        stack.push_async_callback(database.close)
        library = await DrawingLibrary.open(settings, database)
        stack.push_async_callback(library.close)
        stack.push_async_callback(service.stop)
        gathering = SheetGathering(library)
        stack.push_async_callback(gathering.close)
        answering = SheetAnswering(gathering, settings.sheet_answers, is_sample)
        turns = await TurnManager.open(database, library, service, settings, answering)
        stack.push_async_callback(turns.close)
        library.on_ready(turns.prefills.drawing_uploaded)
        library.on_ready(gathering.make_ahead)
        library.on_recognised(
            lambda owner, drawing, _: turns.prefills.page_recognised(owner, drawing)
        )
        starting = asyncio.create_task(service.start(), name="engine-start")
        stack.push_async_callback(_cancel, starting)
        copying = asyncio.create_task(keep_copies(database.path), name="database-copies")
        stack.callback(copying.cancel)
        extractor = Extractor(database, library, service)
        stack.push_async_callback(extractor.close)
        sheet_maps = MapAhead(extractor, library)
        stack.push_async_callback(sheet_maps.close)
        model_switch = ModelSwitch(given, settings, service, turns, plan)
        stack.push_async_callback(model_switch.close)
        yield AppState(
            settings,
            database,
            library,
            service,
            turns,
            Verifier(database, library, service, turns.slot),
            extractor,
            sheet_maps,
            model_switch,
        )


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()):
        logger.error("The engine did not start", exc_info=error)


def serve(settings: Settings) -> int:
    """Serve until a signal; running answers get `shutdown_grace_s` to finish.

    Returns the exit status: 0 · 1 failed to start, the log says why · 3 the engine is lost.
    Raises `SettingsError` for a port in use, `StorageUnusable` for an unusable data folder.
    """
    check_bind(settings)
    check_sleep(settings)
    check_before_start(settings.data_folder / FILE_NAME)
    given = settings
    settings, plan = settled(given)
    app = create_app(settings, build_service(settings, plan), given, plan)

    async def drain() -> None:
        state: AppState = app.state.running
        await state.turns.drain(settings.shutdown_grace_s)

    def started(fail: Callable[[], None]) -> None:
        def lost() -> None:
            logger.error("The engine could not be restarted; the server stops")
            fail()

        state: AppState = app.state.running
        state.service.on_status(FirstReady(lambda: server.say_ready(settings)))
        if settings.exit_on_engine_loss:
            state.service.on_status(EngineLoss(lost))

    return EXIT_STATUS[server.run(app, settings, drain, started)]


def main(**overrides: Any) -> int:
    """Start the server with the settings of the environment, overridden by `overrides`.

    Returns the exit status: 0 · 1 failed to start · 2 an invalid setting · 3 the engine is lost.
    """
    try:
        settings = load_settings(**overrides)
        logs.configure(settings.log_format)
        return serve(settings)
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
