"""The WebSocket `/ws`: reads frames, answers each, and sends the frames of the turns it watches.

A socket only watches turns; they continue when it closes. `http.gate` has checked host, origin
and token, and counted the owner's sockets, before this runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from cachetools import LRUCache
from fastapi import APIRouter, Response, WebSocket
from starlette.websockets import WebSocketDisconnect

from backend import __version__
from backend.chat.dependencies import LibrarySheets, Service, Turns
from backend.chat.latest_states import LatestStates
from backend.chat.prefill.prefix_readiness import PrefixState, Subject
from backend.chat.protocol.client_frames import (
    Ask,
    Ping,
    Resume,
    Stop,
    WatchPrefill,
    id_of,
    parse_client_frame,
)
from backend.chat.protocol.frame_types import Frame
from backend.chat.protocol.model_status import model_info
from backend.chat.protocol.server_frames import (
    Accepted,
    Beginning,
    DrawingFrame,
    ErrorFrame,
    Hello,
    ModelFrame,
    Pong,
    PrefillFrame,
    encode,
)
from backend.chat.turns.turn_manager import TurnManager
from backend.drawing import PageInfo
from backend.errors import (
    Busy,
    DrawingChatError,
    InvalidFrame,
    NotFound,
    UpgradeNeeded,
    internal_error,
)
from backend.model.service import ModelStatus, VisionService
from backend.requests.owner import Owner

logger = logging.getLogger(__name__)

#: A client that reads nothing for this long is dropped; its turns continue, and it can resume.
SEND_SECONDS = 10.0
TURNS_PER_SOCKET = 64
#: Ids of questions that `stop` may name.
REMEMBERED_ASKS = 256

router = APIRouter()


@router.get("/ws", include_in_schema=False)
async def no_socket() -> Response:
    """The address was opened in a browser, or a proxy stripped the Upgrade headers."""
    raise UpgradeNeeded(
        "This is the address of a WebSocket. A reverse proxy in front must pass on the headers "
        "Upgrade and Connection."
    )


@router.websocket("/ws")
async def chat_socket(
    websocket: WebSocket, owner: Owner, turns: Turns, service: Service, sheets: LibrarySheets
) -> None:
    """One connection: `hello`, then frames in both directions until either side closes."""
    await websocket.accept()
    await ChatSocket(websocket, owner, turns, service, sheets.on_reading).run()


class _Gone(Exception):
    """The client has disconnected or reads nothing."""


class ChatSocket:
    """One accepted connection of one owner. `listen` subscribes to scanned pages being read."""

    def __init__(
        self,
        websocket: WebSocket,
        owner: str,
        turns: TurnManager,
        service: VisionService,
        listen: Callable[[Callable[[str, str, PageInfo, bool], None]], Callable[[], None]],
    ) -> None:
        self._websocket = websocket
        self._owner = owner
        self._turns = turns
        self._service = service
        self._listen = listen
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._asked: LRUCache[str, str] = LRUCache(REMEMBERED_ASKS)
        self._remove_prefill: Callable[[], None] | None = None

    async def run(self) -> None:
        """Serve until the connection ends. The watched turns continue."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._frames = LatestStates(self._tasks, self._send_all)
                self._prefixes = LatestStates(self._tasks, self._send_prefixes)
                hello = Hello(version=__version__, model=model_info(self._service.status()))
                remove_listeners = (
                    self._service.on_status(self._on_status),
                    self._listen(self._on_reading),
                )
                try:
                    await self._send(hello)
                    await self._receive()
                finally:
                    for remove_listener in remove_listeners:
                        remove_listener()
                    if self._remove_prefill is not None:
                        self._remove_prefill()
        except* (_Gone, WebSocketDisconnect):
            logger.debug("A socket of %s was closed", self._owner)

    async def _receive(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise _Gone
            text = message.get("text")
            try:
                if text is None:
                    raise InvalidFrame("Send each frame as JSON text, not as bytes.")
                frame = parse_client_frame(text)
            except InvalidFrame as error:
                await self._refuse(error, text and id_of(text))
                continue
            await self._handle(frame)

    async def _handle(self, frame: Ask | Stop | Resume | WatchPrefill | Ping) -> None:
        about = frame.turn_id if isinstance(frame, Resume) else frame.id
        if isinstance(frame, Stop):
            about = about or frame.turn_id
        try:
            if isinstance(frame, Ask):
                await self._ask(frame)
            elif isinstance(frame, Stop):
                await self._stop(frame)
            elif isinstance(frame, Resume):
                await self._resume(frame)
            elif isinstance(frame, WatchPrefill):
                await self._watch_prefill()
            else:
                await self._send(Pong(id=frame.id))
        except DrawingChatError as error:
            await self._refuse(error, about)
        except (_Gone, WebSocketDisconnect):
            raise
        except Exception:
            logger.exception("A frame of type %s failed", frame.type)
            await self._refuse(internal_error(), about)

    async def _ask(self, frame: Ask) -> None:
        self._check_watchers()
        turn, queue_position = await self._turns.accept(self._owner, frame)
        self._end_watch(turn.id)
        self._asked[frame.id] = turn.id
        await self._send(
            Accepted(
                id=frame.id,
                turn_id=turn.id,
                conversation_id=turn.conversation_id,
                message_id=turn.answer_id,
                question_id=turn.question_id,
                queue_position=queue_position,
                answered_by="sheet" if turn.answered_by == "sheet" else "model",
            )
        )
        self._watch(turn.id, await self._turns.watch(self._owner, turn.id, 0))

    async def _stop(self, frame: Stop) -> None:
        if (frame.turn_id is None) == (frame.id is None):
            raise InvalidFrame("stop: give either turn_id or the id of the question.")
        turn_id = frame.turn_id or self._asked.get(frame.id or "")
        if turn_id is None:
            turn_id = await self._turns.turn_asked(self._owner, frame.id or "")
        if turn_id is None:
            raise NotFound("No question with this id was asked on this connection.")
        await self._turns.stop(self._owner, turn_id)

    async def _resume(self, frame: Resume) -> None:
        self._end_watch(frame.turn_id)
        self._check_watchers()
        frames = await self._turns.watch(self._owner, frame.turn_id, frame.after_seq)
        self._watch(frame.turn_id, frames)

    def _check_watchers(self) -> None:
        if len(self._watchers) >= TURNS_PER_SOCKET:
            raise Busy("Too many answers are running on this connection. Wait for one to finish.")

    def _end_watch(self, turn_id: str) -> None:
        """It is requested again, from another position: do not send it twice."""
        if turn_id in self._watchers:
            self._watchers.pop(turn_id).cancel()

    def _watch(self, turn_id: str, frames: AsyncGenerator[str, None]) -> None:
        async def show() -> None:
            async with aclosing(frames):
                async for text in frames:
                    await self._send_text(text)

        def forget(task: asyncio.Task[None]) -> None:
            if self._watchers.get(turn_id) is task:
                del self._watchers[turn_id]

        task = self._tasks.create_task(show(), name=f"watch-{turn_id}")
        self._watchers[turn_id] = task
        task.add_done_callback(forget)

    def _on_status(self, status: ModelStatus) -> None:
        self._frames.put("model", ModelFrame(model=model_info(status)))

    def _on_reading(self, owner: str, drawing_id: str, page: PageInfo, reading: bool) -> None:
        if owner != self._owner:
            return
        frame = DrawingFrame(
            id=drawing_id, page=page.number, text_source=page.text_source, reading=reading
        )
        self._frames.put((drawing_id, page.number), frame)

    async def _send_all(self, frames: dict[object, Frame]) -> None:
        for frame in frames.values():
            await self._send(frame)

    async def _watch_prefill(self) -> None:
        known = self._turns.prefills.readiness
        if self._remove_prefill is None:
            self._remove_prefill = known.changed.subscribe(self._on_prefill)
        await self._send(_prefill_frame(known.of(self._owner)))

    def _on_prefill(self, subject: Subject, state: PrefixState) -> None:
        if subject.owner == self._owner:
            self._prefixes.put(subject, state)

    async def _send_prefixes(self, states: dict[Subject, PrefixState]) -> None:
        await self._send(_prefill_frame(states))

    async def _refuse(self, error: DrawingChatError, about: str | None) -> None:
        await self._send(
            ErrorFrame(
                code=error.code, message=str(error), id=about, retry_after_s=error.retry_after_s
            )
        )

    async def _send(self, frame: Frame) -> None:
        await self._send_text(encode(frame))

    async def _send_text(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._websocket.send_text(text)
        except TimeoutError:
            logger.info("Dropped a client of %s that reads nothing", self._owner)
            raise _Gone from None


def _prefill_frame(known: Mapping[Subject, PrefixState]) -> PrefillFrame:
    return PrefillFrame(
        items=[
            Beginning(drawing=subject.id, page=int(state.detail or 0) or None, state=state.state)
            if subject.kind == "drawing"
            else Beginning(conversation_id=subject.id, message_id=state.detail, state=state.state)
            for subject, state in known.items()
        ]
    )
