"""Which model the vLLM service has: fetched where it is not here, loaded, changed for another.

Knows the order and what the state tells meanwhile; how an engine is built is the recipe's
business, what it is asked the service's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from backend.config.settings import Settings, has_nvidia_gpu
from backend.errors import BadModel
from backend.model.selection.background_download import ModelFetch
from backend.model.selection.plan import Plan
from backend.model.service import Progress
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm.engine_args import is_local, model_name, model_problem
from backend.model.vllm.idle_sleep import IdleSleep
from backend.model.vllm.supervisor import EngineSupervisor, Recipe

log = logging.getLogger(__name__)

#: See `EngineSupervisor.more_probes`; together with the first one more than a minute.
MORE_PROBES_ON_CPU = 3


class QwenModel:
    """One model at a time, with its engine's supervisor and its sleep.

    `plan` is the one that the settings were made from; where it does not fit, nothing is fetched
    or loaded. `busy` tells whether a request runs. `probe_every_s`, `probe_timeout_s`: see
    `EngineSupervisor`. `idle_s`: seconds without a question after which the engine sleeps, in the
    setting's place.
    """

    def __init__(
        self,
        recipe: Recipe,
        settings: Settings,
        plan: Plan | None,
        busy: Callable[[], bool],
        *,
        probe_every_s: float,
        probe_timeout_s: float,
        idle_s: float | None = None,
    ) -> None:
        self._recipe, self._busy = recipe, busy
        self._probing = {"probe_every_s": probe_every_s, "probe_timeout_s": probe_timeout_s}
        self._idle_s = settings.idle_sleep_minutes * 60 if idle_s is None else idle_s
        self._fetch: ModelFetch | None = None
        self.board = StatusPublisher(model_name(settings))
        self._take(settings, plan)

    def _take(self, settings: Settings, plan: Plan | None) -> None:
        """Be this model; nothing may run."""
        self.settings, self.plan = settings, plan
        #: The folder of a model from the hub, once it is here.
        self.folder: Path | None = None
        self.board.rename(model_name(settings), plan.as_json() if plan else None)
        self.supervisor = EngineSupervisor(
            self._recipe,
            self.board,
            settings.data_folder,
            restart_limit=settings.engine_restart_limit,
            more_probes=0 if has_nvidia_gpu() else MORE_PROBES_ON_CPU,
            **self._probing,
        )
        self.idle = IdleSleep(
            self._idle_s, self.board, self.supervisor, settings.data_folder, self._busy
        )

    async def start(self) -> None:
        """Build the engine; returns when it is `ready` or `failed` (the board says why)."""
        if problem := model_problem(self.settings) or self._no_room():
            self.board.show("failed", error=problem)
        elif is_local(self.settings.model) or await self._bring_own():
            await self.supervisor.start()
            self.idle.start()

    async def stop(self) -> None:
        """End a download, every request and every process of the engine."""
        if self._fetch is not None:
            self._fetch.cancel()
        await self._end_engine()

    async def bring(self, settings: Settings) -> None:
        """Fetch another model, if it is not here, while this one serves. Raises `BadModel`.

        The board tells how far it is, and why where it does not come.
        """
        if problem := model_problem(settings):
            raise BadModel(problem)
        if is_local(settings.model):
            return
        try:
            await self._fetched(settings, self.board.besides)
        except BadModel as error:
            self.board.besides(
                error=f"{model_name(settings)} was not fetched, {model_name(self.settings)} "
                f"stays: {error}"
            )
            raise
        self.board.besides()

    async def switch(self, settings: Settings, plan: Plan | None) -> str | None:
        """Change to another model; why it failed, where it did and the old one is back.

        No request may run. The state is `loading` meanwhile, whatever happens to the engines.
        """
        before = self.settings, self.plan
        self.board.switching = True
        self.board.show("loading")
        problem = None
        try:
            await self._end_engine()
            self._take(settings, plan)
            await self.start()
            if self.supervisor.engine is None:
                problem = self.board.problem or "It could not be loaded."
                await self._end_engine()
                self._take(*before)
                await self.start()
        finally:
            self.board.switching = False
        if self.supervisor.engine is None:
            self.board.show("failed", error=self.board.problem)
        elif problem is not None:
            problem = (
                f"{model_name(settings)} was not loaded, {model_name(before[0])} is back: {problem}"
            )
            self.board.show("ready", error=problem)
        return problem

    def _no_room(self) -> str | None:
        """Why the plan says no; main memory alone is no reason to refuse."""
        plan = self.plan
        if plan is None or plan.fits or not plan.gpus:
            return None
        return f"{plan.problem} {plan.change or ''}".strip()

    async def _bring_own(self) -> bool:
        """Fetch the model where it is not here; True when it is, else the state says why."""
        show = partial(self.board.show, "downloading")
        try:
            self.folder = await self._fetched(self.settings, show)
        except BadModel as error:
            log.error("The model is not here: %s", error)
            self.board.show("failed", error=str(error))
            return False
        return self.folder is not None

    async def _fetched(self, settings: Settings, show: Callable[..., None]) -> Path | None:
        """The folder of a model from the hub; None where it was cancelled. Raises `BadModel`."""

        def told(progress: Progress) -> None:
            show(progress=progress)

        self._fetch = ModelFetch(settings.model, settings.revision, settings.download_dir, told)
        try:
            return await self._fetch.folder()
        finally:
            self._fetch = None

    async def _end_engine(self) -> None:
        await self.idle.stop()
        await self.supervisor.stop()
