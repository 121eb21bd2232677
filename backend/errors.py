"""The tree of expected errors: what the person did or met, never a bug.

Each class has a fixed `code`, the HTTP `status` it maps to, and a message that tells the
person what to do. Anything that is not a `DrawingChatError` is a bug and becomes `internal`.

    DrawingChatError
    ├── SettingsError                 (stops the start; never sent)
    ├── StorageUnusable               (stops the start; never sent)
    │   └── StorageDamaged            storage_damaged 500 (stops the start too)
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
    #: A code that says more than `code`; sent where set.
    reason: str | None = None
    #: Seconds after which trying again makes sense; sent as `Retry-After` where set.
    retry_after_s: float | None = None

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s


class SettingsError(DrawingChatError):
    """A wrong or unknown setting. One line: key, value, what is allowed."""

    code = "settings"


class StorageUnusable(DrawingChatError):
    """The data folder cannot be written, is in use, or its database is damaged."""

    code = "storage_unusable"


class StorageDamaged(StorageUnusable):
    """Pages of the database cannot be read; the message says how a copy comes back."""

    code, status = "storage_damaged", 500


class BadModel(DrawingChatError):
    """A checkpoint that cannot be read, fetched or fitted; the message says what to do."""

    code, status = "bad_model", 422


class UnknownModel(BadModel):
    """A model's name that does not exist; the message has the nearest real ones."""

    code = "unknown_model"


class BadRequest(DrawingChatError):
    """The request is not understood."""

    code, status = "bad_request", 400


class InvalidFrame(BadRequest):
    """A WebSocket frame that is not one of the protocol's."""

    code = "invalid_frame"


class BadRegion(BadRequest):
    """A region outside the sheet or without area."""

    code = "bad_region"


class BadHost(BadRequest):
    """The Host header names a host that is not allowed (DNS rebinding)."""

    code = "bad_host"


class Unauthorized(DrawingChatError):
    """No token, or a wrong one."""

    code, status = "unauthorized", 401


class ForbiddenOrigin(DrawingChatError):
    """A page of another site made this request."""

    code, status = "forbidden_origin", 403


class NotAllowed(DrawingChatError):
    """It concerns everybody, and this owner may not decide it."""

    code, status = "not_allowed", 403


class NotFound(DrawingChatError):
    """It is not there, or it belongs to someone else."""

    code, status = "not_found", 404


class MethodNotAllowed(DrawingChatError):
    """The address is there, but not for this method."""

    code, status = "method_not_allowed", 405


class Conflict(DrawingChatError):
    """The thing is not in a state that allows this."""

    code, status = "conflict", 409


class FileTooLarge(DrawingChatError):
    """More bytes than the upload limit."""

    code, status = "file_too_large", 413


class TooManyPixels(FileTooLarge):
    """More pixels than the decode limit, judged from the header."""

    code = "too_many_pixels"


class TooManyPages(FileTooLarge):
    """More pages than the limit."""

    code = "too_many_pages"


class UnsupportedFormat(DrawingChatError):
    """Not a kind of file that is read here; the message says what to do instead.

    `reason` is a stable code for what the file is instead, e.g. `cad_model`, where that is known.
    """

    code, status = "unsupported_format", 415

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class DamagedFile(DrawingChatError):
    """The file's format is known, its content cannot be read."""

    code, status = "damaged_file", 422


class EncryptedFile(DamagedFile):
    """A PDF that needs a password."""

    code = "encrypted_file"


class BadProportions(DamagedFile):
    """Too small or too narrow: sides under 32 px or an aspect ratio over 200."""

    code = "bad_proportions"


class TooComplex(DamagedFile):
    """Decoding ran out of its time, memory or entity budget."""

    code = "too_complex"


class ContextTooLong(DrawingChatError):
    """The prompt does not fit the model's window; the message has the numbers."""

    code, status = "context_too_long", 422


class UpgradeNeeded(DrawingChatError):
    """The address of the WebSocket, asked as plain HTTP."""

    code, status = "upgrade_needed", 426


class Busy(DrawingChatError):
    """A queue is full or the conversation is answering."""

    code, status = "busy", 429


class EngineError(DrawingChatError):
    """The engine failed this one request."""

    code, status = "engine_error", 500


class ModelNotReady(DrawingChatError):
    """The model has failed or is stopped."""

    code, status = "model_not_ready", 503


class EngineRestarting(DrawingChatError):
    """The engine died and is being built again."""

    code, status = "engine_restarting", 503


class StorageBusy(DrawingChatError):
    """The database stayed locked longer than the bounded wait."""

    code, status = "storage_busy", 503


class RenderFailed(DrawingChatError):
    """A decode worker died or timed out on this one request."""

    code, status = "render_failed", 503


class StorageFull(DrawingChatError):
    """No room left on the data folder's disk."""

    code, status = "storage_full", 507
