"""The interface between the product and whatever runs the model.

`QwenVisionService` implements it with an `AsyncLLMEngine` in this process, `RemoteVisionService`
with model servers that already run.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from backend.config.settings import Settings
from backend.model.selection.memory_plan import Plan

Role = Literal["system", "user", "assistant", "tool"]
#: Kind of the project's own demo model; None for any other model.
DemoKind = Literal["random", "trained"]
#: `asleep`: the next question wakes the engine.
State = Literal[
    "stopped", "downloading", "loading", "warming", "ready", "asleep", "restarting", "failed"
]

#: vLLM's priorities, lower ones first: questions run before prefills.
QUESTION_PRIORITY = 0
PREFILL_PRIORITY = 10


@dataclass(frozen=True, slots=True)
class ModelImage:
    """Pixels exactly as the model is to see them.

    `rgb` holds `height * width * 3` bytes, rows from the top, sRGB. `key` is the sha256 of the
    pixels and of how they were made: equal keys mean equal pixels, and the engine caches by key.
    `region` is the part of the page that the image shows (x, y, width, height in canvas pixels),
    None for other images.
    """

    key: str
    width: int
    height: int
    rgb: bytes = field(repr=False)
    region: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """The position of an image in a message; its pixels are in `images[key]`."""

    key: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the prompt, with its parts in the order in which the model reads them.

    `tools`, on the system message only: the functions that the model may call, as JSON schemas;
    the chat template prints them after its text. A message with role `tool` answers a call.
    """

    role: Role
    parts: tuple[TextPart | ImagePart, ...]
    tools: tuple[Mapping[str, Any], ...] = ()


Images = Mapping[str, ModelImage]


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters. Keep `presence_penalty` at 0 for answers with digits or JSON."""

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
    """Tokens of a rendered prompt, `image_tokens` of them for images."""

    tokens: int
    image_tokens: int


@dataclass(frozen=True, slots=True)
class Delta:
    """New text; `reasoning` is true for text that precedes the answer of a reasoning model."""

    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """The last item of a stream: tokens as counted by the engine, times in milliseconds."""

    finish_reason: Literal["stop", "length", "abort"]
    prompt_tokens: int
    cached_tokens: int
    image_tokens: int
    completion_tokens: int
    queue_ms: float
    ttft_ms: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a long step; `unit` is `bytes`, `steps` or empty, `eta_s` in seconds.

    With an empty unit `done` and `total` are seconds, except in the phase `weights`: files.
    """

    phase: str
    done: float = 0
    total: float = 0
    unit: str = ""
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What `/api/model` reports: state, name, progress while loading, limits once known."""

    state: State
    model: str
    progress: Progress | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    plan: Mapping[str, Any] | None = None
    error: str | None = None
    #: Set for the demo model: a `random` one answers nonsense, a `trained` one reads the samples.
    demo: DemoKind | None = None
    #: Whether the model was trained to call tools.
    tools: bool = False
    #: Whether questions and drawings are sent to another machine.
    leaves_machine: bool = False


class ModelSwitcher(Protocol):
    """Replaces the model of a service while the server runs."""

    async def download(self, settings: Settings) -> None:
        """Download that model, unless it is cached, while the current one serves.

        Raises `BadModel`.
        """

    async def switch(self, settings: Settings, plan: Plan | None) -> str | None:
        """Load that model in place of the current one; no request may be running.

        Returns None, or why it failed: then the previous model is loaded again.
        """


class VisionService(Protocol):
    """A running model. All methods are called on the event loop and never block it."""

    #: False if `prefill` does nothing; callers then need not render a prompt for it.
    supports_prefill: bool

    @property
    def switcher(self) -> ModelSwitcher | None:
        """Switches this service's model; None if the model cannot be switched."""

    async def start(self) -> None:
        """Start the model; returns when the state is `ready` or `failed`, with `error` set."""

    async def stop(self) -> None:
        """End every request and release the model."""

    def status(self) -> ModelStatus:
        """The current status."""

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` at each change of the status; returns a function that ends this."""

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        """Count the tokens of the rendered prompt, including the generation prompt."""

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
        """Yield deltas, then exactly one `Usage`. Closing the generator ends the request.

        Raises `ModelNotReady`, `EngineRestarting`, `ContextTooLong`, `Busy` or `EngineError`.
        """

    async def abort(self, request_id: str) -> None:
        """End a stream at once; it finishes with `finish_reason` `abort`."""

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        """Run the prompt through the model at low priority to cache its prefix."""

    def requests_in_flight(self) -> int:
        """Requests that are queued or running."""

    def computed_tokens(self) -> int:
        """Tokens computed since the start, prompts and answers, without those taken from the
        prefix cache; never decreases."""
