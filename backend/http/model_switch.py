"""Another model while serving: fetched first, then the turns drain, then the engines change.

Nobody is sent away: answers that run are given to their end by the old model, questions that
come meanwhile wait for the new one. A model that does not load gives way to the old one again.
Knows the order, not how turns or engines work.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from backend.chat.turns.turn_manager import TurnManager
from backend.config.settings import Settings
from backend.errors import (
    BadModel,
    BadRequest,
    Conflict,
    ModelNotReady,
    SettingsError,
    UnknownModel,
)
from backend.model.selection.choice import settled
from backend.model.selection.plan import Plan
from backend.model.service import ModelStatus
from backend.model.vllm.engine_args import model_problem

log = logging.getLogger(__name__)

#: Answers that run get this long; then the switch is given up and nothing has changed.
DRAIN_SECONDS = 600.0
#: The rest of the server was built for these: another model has to keep them.
KEPT = ("image_min_pixels", "image_max_pixels", "images_per_prompt", "max_num_seqs")


class Switchable(Protocol):
    """What a service has that can change its model."""

    def status(self) -> ModelStatus:
        """The state now."""

    async def bring(self, settings: Settings) -> None:
        """Fetch that model, if it is not here, while the old one serves. Raises `BadModel`."""

    async def switch(self, settings: Settings, plan: Plan | None) -> str | None:
        """Change to it; why it failed, where it did and the old one is back."""


class ModelSwitch:
    """At most one switch at a time. `given` are the settings before the plan was applied to them,
    `running` those that the server was built with."""

    def __init__(
        self,
        given: Settings,
        running: Settings,
        service: object,
        turns: TurnManager,
        plan: Plan | None = None,
    ) -> None:
        kept = {name: getattr(running, name) for name in KEPT}
        self._given = given.model_copy(update=kept)
        self._service = service
        self._turns = turns
        self._plan = plan
        self._task: asyncio.Task[None] | None = None
        self._busy = False

    async def begin(self, name: str) -> None:
        """Start changing to the model of this name; returns when it is known to be possible.

        Raises `UnknownModel`, `BadModel` where it cannot fit, `Conflict` while another switch
        runs, `ModelNotReady` before the first model is ready, `BadRequest` for a service that
        cannot.
        """
        service = self._service
        if not hasattr(service, "switch"):
            raise BadRequest("This server's model cannot be switched.")
        if self._busy:
            raise Conflict("The model is being switched already.")
        if service.status().state not in ("ready", "asleep", "failed"):  # type: ignore[attr-defined]
            raise ModelNotReady("The model is still loading.", retry_after_s=10)
        self._busy = True
        try:
            wanted = self._given.model_copy(update={"model": name, "revision": None})
            settings, plan = await asyncio.to_thread(settled, wanted, self._plan)
            if problem := model_problem(settings):
                raise BadModel(problem)
            if plan is not None and plan.gpus and not plan.fits:
                raise BadModel(f"{plan.problem} {plan.change or ''}".strip())
        except SettingsError as error:
            self._busy = False
            raise UnknownModel(str(error).removeprefix("DRAWING_CHAT_MODEL: ")) from None
        except BaseException:
            self._busy = False
            raise
        self._task = asyncio.create_task(self._run(settings, plan), name="model-switch")

    async def close(self) -> None:
        """Give up a switch that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self, settings: Settings, plan: Plan | None) -> None:
        service: Switchable = self._service  # type: ignore[assignment]
        try:
            await service.bring(settings)
            async with self._turns.held(DRAIN_SECONDS):
                problem = await service.switch(settings, plan)
        except (BadModel, TimeoutError) as error:
            log.error("The model was not switched: %s", error or "answers did not end in time")
            return
        finally:
            self._busy = False
        if problem is None:
            self._plan = plan
            log.info("The model is now %s", service.status().model)
        else:
            log.error("The model was not switched: %s", problem)
