"""The interface between the product and whatever runs the model.

Knows messages, pictures, deltas and states; does not know vLLM, HTTP, drawings or storage.
`qwen_vision_service.QwenVisionService` implements it over an in-process `AsyncLLMEngine`,
`remote_vision_service.RemoteVisionService` over servers that already run.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
#: The project's own demo model; None in its place for any other.
DemoKind = Literal["random", "trained"]
#: `asleep`: the next question wakes it.
State = Literal[
    "stopped", "downloading", "loading", "warming", "ready", "asleep", "restarting", "failed"
]

#: vLLM's priorities: lower runs sooner. A question goes before any prefill.
QUESTION_PRIORITY = 0
PREFILL_PRIORITY = 10


@dataclass(frozen=True, slots=True)
class ModelImage:
    """Pixels exactly as the model is to see them.

    `rgb` holds `height * width * 3` bytes, rows from the top, sRGB. `key` is the sha256 of
    the pixels and of how they were made: equal keys mean equal pixels, and the engine caches
    by it. `region` is the part of its page that it shows (x, y, width, height in canvas pixels),
    where it is one.
    """

    key: str
    width: int
    height: int
    rgb: bytes = field(repr=False)
    region: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """The place of a picture in a message; its pixels are in `images[key]`."""

    key: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the prompt, its parts in the order in which the model reads them.

    `tools`, on the system message only, are the functions that the model may call, as JSON
    schemas; the chat template prints them after its text. A `tool` message answers a call.
    """

    role: Role
    parts: tuple[TextPart | ImagePart, ...]
    tools: tuple[Mapping[str, Any], ...] = ()


Images = Mapping[str, ModelImage]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw tokens. `presence_penalty` stays 0 where digits or JSON are wanted."""

    max_tokens: int = 1024
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False


@dataclass(frozen=True, slots=True)
class PromptSize:
    """Tokens of a rendered prompt; `image_tokens` is the part that pictures take."""

    tokens: int
    image_tokens: int


@dataclass(frozen=True, slots=True)
class Delta:
    """New text. `reasoning` is set for the text of models that think aloud."""

    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """The last item of a stream. Tokens as the engine counted them, times in milliseconds."""

    finish_reason: Literal["stop", "length", "abort"]
    prompt_tokens: int
    cached_tokens: int
    image_tokens: int
    completion_tokens: int
    queue_ms: float
    ttft_ms: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step is. `unit` is `bytes`, `steps` or empty; `eta_s` in seconds.

    `done` and `total` are seconds where the unit is empty, but files in the phase `weights`.
    """

    phase: str
    done: float = 0
    total: float = 0
    unit: str = ""
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What `/api/model` tells: state, name, progress while loading, limits once known."""

    state: State
    model: str
    progress: Progress | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    plan: Mapping[str, Any] | None = None
    error: str | None = None
    #: The project's own demo model: `random` answers mean nothing, `trained` reads the samples.
    demo: DemoKind | None = None
    #: True for a model that was trained to call tools.
    tools: bool = False
    #: True where questions and drawings go to another machine.
    leaves_machine: bool = False


class VisionService(Protocol):
    """A running model. All methods are called on the event loop and never block it."""

    #: False where `prefill` does nothing: no prompt need be made for it.
    supports_prefill: bool

    async def start(self) -> None:
        """Build the engine; returns when it is `ready` or `failed` (the status says why)."""

    async def stop(self) -> None:
        """End every request and process of the engine."""

    def status(self) -> ModelStatus:
        """The state now."""

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` on the event loop at each change; returns its removal."""

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        """Tokens of the rendered prompt, generation prompt included."""

    def stream(
        self,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling,
        *,
        request_id: str,
        priority: int = QUESTION_PRIORITY,
        json_schema: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Delta | Usage, None]:
        """Answer: deltas, then exactly one `Usage`. Closing the generator frees the engine.

        Raises `ModelNotReady`, `EngineRestarting`, `ContextTooLong`, `Busy` or `EngineError`.
        """

    async def abort(self, request_id: str) -> None:
        """End that stream at once; it finishes with `finish_reason` `abort`."""

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        """Run the prompt through the model at low priority, so that its prefix is cached."""

    def requests_in_flight(self) -> int:
        """Requests that the engine holds right now."""

    def computed_tokens(self) -> int:
        """Tokens that the engine has taken in and written, other than from its cache; only ever
        rises."""
