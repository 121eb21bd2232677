"""Switches the model while the server runs: download first, then drain the turns, then load.

Running answers finish with the old model; new questions are queued for the new one. If the new
model does not load, the old one is loaded again.
"""

from __future__ import annotations

import asyncio
import logging

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
from backend.model.selection.memory_plan import Plan
from backend.model.service import ModelSwitcher, VisionService
from backend.model.vllm.engine_args import model_problem

log = logging.getLogger(__name__)

#: Time for running answers to finish; after that the switch is abandoned and nothing has changed.
DRAIN_SECONDS = 600.0
#: Settings that other parts of the server were built with; the new model must keep them.
KEPT = ("image_min_pixels", "image_max_pixels", "images_per_prompt", "max_num_seqs")


class ModelSwitch:
    """Runs at most one switch at a time.

    `given`: the settings before the plan was applied; `running`: those that the server was built
    with; `plan`: the current model's plan.
    """

    def __init__(
        self,
        given: Settings,
        running: Settings,
        service: VisionService,
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
        """Start switching to the model `name`; returns once that is known to be possible.

        Raises `BadRequest` if the service cannot switch, `UnknownModel`, `BadModel` if the model
        does not fit, `Conflict` during another switch, and `ModelNotReady` before the first model
        is ready.
        """
        switcher = self._service.switcher
        if switcher is None:
            raise BadRequest("This server's model cannot be switched.")
        if self._busy:
            raise Conflict("The model is already being switched.")
        if self._service.status().state not in ("ready", "asleep", "failed"):
            raise ModelNotReady("The model is still loading.", retry_after_s=10)
        self._busy = True
        try:
            settings, plan = await self._settings_for(name)
        except BaseException:
            self._busy = False
            raise
        self._task = asyncio.create_task(
            self._switch(switcher, settings, plan), name="model-switch"
        )

    async def close(self) -> None:
        """Cancel a running switch."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _settings_for(self, name: str) -> tuple[Settings, Plan | None]:
        """The settings and the plan for a model, as at the start of a server."""
        wanted = self._given.model_copy(update={"model": name, "revision": None})
        try:
            settings, plan = await asyncio.to_thread(settled, wanted, self._plan)
        except SettingsError as error:
            raise UnknownModel(str(error).removeprefix("DRAWING_CHAT_MODEL: ")) from None
        if problem := model_problem(settings):
            raise BadModel(problem)
        if plan is not None and plan.gpus and not plan.fits:
            raise BadModel(f"{plan.problem} {plan.change or ''}".strip())
        return settings, plan

    async def _switch(self, switcher: ModelSwitcher, settings: Settings, plan: Plan | None) -> None:
        try:
            await switcher.download(settings)
            async with self._turns.held(DRAIN_SECONDS):
                problem = await switcher.switch(settings, plan)
        except (BadModel, TimeoutError) as error:
            reason = error or "running answers did not finish in time"
            log.error("The model was not switched: %s", reason)
            return
        finally:
            self._busy = False
        if problem is None:
            self._plan = plan
            log.info("The model is now %s", self._service.status().model)
        else:
            log.error("The model was not switched: %s", problem)
