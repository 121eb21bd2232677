"""The tree of expected errors. Any other exception is a bug and is reported as `internal`.

Each class has a fixed `code`, the HTTP `status` it maps to, and a message that tells the person
what to do.

    DrawingChatError
    ├── SettingsError                 (prevents the start; never sent)
    ├── StorageUnusable               (prevents the start; never sent)
    │   └── StorageDamaged            storage_damaged 500 (prevents the start too)
    ├── BadModel                      bad_model 422
    │   └── UnknownModel              unknown_model 422
    ├── BadRequest                    bad_request 400
    │   ├── InvalidFrame              invalid_frame 400
    │   ├── BadRegion                 bad_region 400
    │   └── BadHost                   bad_host 400
    ├── Unauthorized                  unauthorized 401
    ├── ForbiddenOrigin               forbidden_origin 403
    ├── NotAllowed                    not_allowed 403
    ├── NotFound                      not_found 404
    ├── MethodNotAllowed              method_not_allowed 405
    ├── Conflict                      conflict 409
    ├── FileTooLarge                  file_too_large 413
    │   ├── TooManyPixels             too_many_pixels 413
    │   └── TooManyPages              too_many_pages 413
    ├── UnsupportedFormat             unsupported_format 415
    ├── DamagedFile                   damaged_file 422
    │   ├── EncryptedFile             encrypted_file 422
    │   ├── BadProportions            bad_proportions 422
    │   └── TooComplex                too_complex 422
    ├── ContextTooLong                context_too_long 422
    ├── UpgradeNeeded                 upgrade_needed 426
    ├── Busy                          busy 429
    ├── EngineError                   engine_error 500
    ├── ModelNotReady                 model_not_ready 503
    ├── EngineRestarting              engine_restarting 503
    ├── StorageBusy                   storage_busy 503
    ├── RenderFailed                  render_failed 503
    └── StorageFull                   storage_full 507
"""

from __future__ import annotations


class DrawingChatError(Exception):
    """An expected error. `str(error)` is the message for the person."""

    code = "internal"
    status = 500
    #: A more specific code than `code`, sent if set.
    reason: str | None = None
    #: Seconds after which a retry makes sense; sent as `Retry-After` if set.
    retry_after_s: float | None = None

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s


def internal_error() -> DrawingChatError:
    """The error reported in place of a bug, which has been logged."""
    return DrawingChatError("Something went wrong on the server. It has been logged; try again.")


class SettingsError(DrawingChatError):
    """An invalid or unknown setting. One line: the key, the value, the allowed values."""

    code = "settings"


class StorageUnusable(DrawingChatError):
    """The data folder cannot be written, is in use, or its database is damaged."""

    code = "storage_unusable"


class StorageDamaged(StorageUnusable):
    """Pages of the database cannot be read; the message says how to restore a copy."""

    code, status = "storage_damaged", 500


class BadModel(DrawingChatError):
    """A checkpoint that cannot be read or downloaded or does not fit the GPU."""

    code, status = "bad_model", 422


class UnknownModel(BadModel):
    """There is no model of this name; the message suggests similar names."""

    code = "unknown_model"


class BadRequest(DrawingChatError):
    """The request is invalid."""

    code, status = "bad_request", 400


class InvalidFrame(BadRequest):
    """A WebSocket frame that does not follow the protocol."""

    code = "invalid_frame"


class BadRegion(BadRequest):
    """A region outside the sheet, or without area."""

    code = "bad_region"


class BadHost(BadRequest):
    """The Host header names a host that is not allowed (DNS rebinding)."""

    code = "bad_host"


class Unauthorized(DrawingChatError):
    """No token, or an invalid one."""

    code, status = "unauthorized", 401


class ForbiddenOrigin(DrawingChatError):
    """The request came from a page of another site."""

    code, status = "forbidden_origin", 403


class NotAllowed(DrawingChatError):
    """It affects all users, and only the owner of the server may do it."""

    code, status = "not_allowed", 403


class NotFound(DrawingChatError):
    """It does not exist, or it belongs to another owner."""

    code, status = "not_found", 404


class MethodNotAllowed(DrawingChatError):
    """The address does not support this method."""

    code, status = "method_not_allowed", 405


class Conflict(DrawingChatError):
    """The current state does not allow this."""

    code, status = "conflict", 409


class FileTooLarge(DrawingChatError):
    """The upload exceeds the size limit."""

    code, status = "file_too_large", 413


class TooManyPixels(FileTooLarge):
    """The image exceeds the pixel limit, according to its header."""

    code = "too_many_pixels"


class TooManyPages(FileTooLarge):
    """The document exceeds the page limit."""

    code = "too_many_pages"


class UnsupportedFormat(DrawingChatError):
    """The file type is not supported; the message suggests an alternative.

    `reason` is a stable code of the file's actual type, e.g. `cad_model`, if it is known.
    """

    code, status = "unsupported_format", 415

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class DamagedFile(DrawingChatError):
    """The file type is supported, but the content cannot be read."""

    code, status = "damaged_file", 422


class EncryptedFile(DamagedFile):
    """The PDF requires a password."""

    code = "encrypted_file"


class BadProportions(DamagedFile):
    """The image is too small or too narrow: a side under 32 px, or an aspect ratio over 200."""

    code = "bad_proportions"


class TooComplex(DamagedFile):
    """Decoding exceeded its limits of time, memory or entities."""

    code = "too_complex"


class ContextTooLong(DrawingChatError):
    """The prompt does not fit the model's context window; the message has the numbers."""

    code, status = "context_too_long", 422


class UpgradeNeeded(DrawingChatError):
    """A plain HTTP request to the WebSocket's address."""

    code, status = "upgrade_needed", 426


class Busy(DrawingChatError):
    """A queue is full, or the conversation is still answering."""

    code, status = "busy", 429


class EngineError(DrawingChatError):
    """The engine failed on this request."""

    code, status = "engine_error", 500


class ModelNotReady(DrawingChatError):
    """The model has failed or is stopped."""

    code, status = "model_not_ready", 503


class EngineRestarting(DrawingChatError):
    """The engine died and is being restarted."""

    code, status = "engine_restarting", 503


class StorageBusy(DrawingChatError):
    """The database stayed locked for longer than the timeout."""

    code, status = "storage_busy", 503


class RenderFailed(DrawingChatError):
    """A decode worker died or timed out on this request."""

    code, status = "render_failed", 503


class StorageFull(DrawingChatError):
    """The data folder's disk is full."""

    code, status = "storage_full", 507
