"""Downloads and loads the vLLM service's model, and switches to another one.

Builds the factory, the supervisor and the idle sleep of each model; they do the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from backend.config.settings import Settings, has_nvidia_gpu
from backend.errors import BadModel
from backend.model.selection.background_download import ModelDownload
from backend.model.selection.memory_plan import Plan
from backend.model.service import ModelStatus, Progress
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm.engine_args import is_local, model_name, model_problem
from backend.model.vllm.engine_factory import EngineFactory
from backend.model.vllm.idle_sleep import IdleSleep
from backend.model.vllm.qwen_engine import QwenEngine
from backend.model.vllm.supervisor import EngineSupervisor

log = logging.getLogger(__name__)

#: See `HealthProbe`; together with the first attempt more than a minute.
PROBE_RETRIES_ON_CPU = 3


class ModelLifecycle:
    """One model at a time, with the supervisor and the idle sleep of its engine.

    `plan` is the plan from which `settings` were made; if it does not fit, nothing is downloaded
    or loaded. `busy` returns whether a request is running. `probe_every_s`, `probe_timeout_s`: see
    `HealthProbe`. `idle_s` overrides the setting `idle_sleep_minutes`.
    """

    def __init__(
        self,
        settings: Settings,
        plan: Plan | None,
        busy: Callable[[], bool],
        *,
        probe_every_s: float,
        probe_timeout_s: float,
        idle_s: float | None = None,
    ) -> None:
        self._busy = busy
        self._probing = {"probe_every_s": probe_every_s, "probe_timeout_s": probe_timeout_s}
        self._idle_s = settings.idle_sleep_minutes * 60 if idle_s is None else idle_s
        self._download: ModelDownload | None = None
        self._publisher = StatusPublisher(model_name(settings))
        self._choose(settings, plan)

    def _choose(self, settings: Settings, plan: Plan | None) -> None:
        """Make this the current model; no engine may be running."""
        self.settings, self._plan = settings, plan
        publisher = self._publisher
        publisher.rename(model_name(settings), plan.as_json() if plan else None)
        self._factory = EngineFactory(settings)
        self._supervisor = EngineSupervisor(
            self._factory,
            publisher,
            settings.data_folder,
            restart_limit=settings.engine_restart_limit,
            probe_retries=0 if has_nvidia_gpu() else PROBE_RETRIES_ON_CPU,
            **self._probing,
        )
        self._idle = IdleSleep(
            self._idle_s, publisher, self._supervisor, settings.data_folder, self._busy
        )

    @property
    def status(self) -> ModelStatus:
        """The current status."""
        return self._publisher.status

    def subscribe(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` at each change of the status; returns a function that ends this."""
        return self._publisher.subscribe(listener)

    @property
    def engine(self) -> QwenEngine | None:
        """The engine if it is built, also while it sleeps; a new object after a restart."""
        return self._supervisor.engine

    async def wake(self) -> None:
        """Wake the engine if it sleeps; see `IdleSleep`."""
        await self._idle.wake()

    def touch(self) -> None:
        """Restart the idle period: an answer has ended."""
        self._idle.touch()

    def report_death(self, engine: QwenEngine) -> None:
        """A request found this engine dead."""
        self._supervisor.report_death(engine)

    async def start(self) -> None:
        """Build the engine; returns when the state is `ready` or `failed`."""
        if problem := model_problem(self.settings) or self._plan_problem():
            self._publisher.show("failed", error=problem)
        elif is_local(self.settings.model) or await self._download_own():
            await self._supervisor.start()
            self._idle.start()

    async def stop(self) -> None:
        """End a download, every request and every process of the engine."""
        if self._download is not None:
            self._download.cancel()
        await self._stop_engine()

    async def download(self, settings: Settings) -> None:
        """Download another model, unless it is cached, while this one serves.

        Progress and failure are published beside this model's state. Raises `BadModel`.
        """
        if problem := model_problem(settings):
            raise BadModel(problem)
        if is_local(settings.model):
            return
        try:
            await self._download_model(settings, self._publisher.show_download)
        except BadModel as error:
            self._publisher.show_download(
                error=f"{model_name(settings)} was not downloaded; {model_name(self.settings)} "
                f"stays loaded: {error}"
            )
            raise
        self._publisher.show_download()

    async def switch(self, settings: Settings, plan: Plan | None) -> str | None:
        """Load another model in place of this one; no request may be running.

        Returns None, or why it failed: then the previous model is loaded again. The state stays
        `loading` throughout.
        """
        before = self.settings, self._plan
        self._publisher.switching = True
        self._publisher.show("loading")
        problem = None
        try:
            await self._stop_engine()
            self._choose(settings, plan)
            await self.start()
            if self.engine is None:
                problem = self._publisher.problem or "It could not be loaded."
                await self._stop_engine()
                self._choose(*before)
                await self.start()
        finally:
            self._publisher.switching = False
        if self.engine is None:
            self._publisher.show("failed", error=self._publisher.problem)
        elif problem is not None:
            problem = (
                f"{model_name(settings)} was not loaded, {model_name(before[0])} is back: {problem}"
            )
            self._publisher.show("ready", error=problem)
        return problem

    def _plan_problem(self) -> str | None:
        """Why the plan does not fit the GPUs; a lack of main memory alone is no refusal."""
        plan = self._plan
        if plan is None or plan.fits or not plan.gpus:
            return None
        return f"{plan.problem} {plan.change or ''}".strip()

    async def _download_own(self) -> bool:
        """Download this model unless it is cached; False if it failed or was cancelled."""
        show = partial(self._publisher.show, "downloading")
        try:
            self._factory.folder = await self._download_model(self.settings, show)
        except BadModel as error:
            log.error("The model could not be downloaded: %s", error)
            self._publisher.show("failed", error=str(error))
            return False
        return self._factory.folder is not None

    async def _download_model(self, settings: Settings, show: Callable[..., None]) -> Path | None:
        """The folder of a model from the hub; None if it was cancelled. Raises `BadModel`."""

        def show_progress(progress: Progress) -> None:
            show(progress=progress)

        self._download = ModelDownload(
            settings.model, settings.revision, settings.download_dir, show_progress
        )
        try:
            return await self._download.folder()
        finally:
            self._download = None

    async def _stop_engine(self) -> None:
        await self._idle.stop()
        await self._supervisor.stop()
