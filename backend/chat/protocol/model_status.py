"""The engine's status in the contract's form, for HTTP and WebSocket."""

from __future__ import annotations

from backend.chat.protocol.server_frames import ModelInfo, ModelProgress
from backend.model.service import ModelStatus


def model_info(status: ModelStatus) -> ModelInfo:
    """The body of `/api/model` and of `model` frames."""
    progress = status.progress
    return ModelInfo(
        state=status.state,
        model=status.model,
        progress=progress
        and ModelProgress(
            phase=progress.phase,
            done=progress.done,
            total=progress.total,
            unit=progress.unit,
            eta_s=progress.eta_s,
        ),
        limits=dict(status.limits),
        plan=None if status.plan is None else dict(status.plan),
        error=status.error,
        demo=status.demo,
        leaves_machine=status.leaves_machine,
    )
