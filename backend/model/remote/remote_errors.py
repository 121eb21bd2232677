"""Maps failures of a model server to our errors, with messages that say what to do.

Servers are named by their position in the setting: no message contains an address, a key or a
text from the server.
"""

from __future__ import annotations

from typing import NamedTuple

import openai

from backend.errors import (
    BadRequest,
    Busy,
    ContextTooLong,
    DrawingChatError,
    EngineError,
    EngineRestarting,
)
from backend.model.service import PromptSize

#: An error code in OpenAI's API; vLLM, Ollama and llama.cpp only say it in the message.
_TOO_LONG = ("context_length_exceeded", "context length", "context window", "context size")


class AnswerTruncated(Exception):
    """The stream ended without a finish reason: the server or a proxy gave up."""


class Failure(NamedTuple):
    """`error` is for the user. `try_next`: another server may succeed. `problem`: why this server
    is unhealthy until a check succeeds again."""

    error: DrawingChatError
    try_next: bool = False
    problem: str | None = None


def check_problem(error: Exception, number: int) -> str:
    """Why server `number` (from 1) could not list its models."""
    server = f"Model server {number} of DRAWING_CHAT_REMOTE_URLS"
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    if status in (401, 403):
        return f"{server} rejects the key. Set DRAWING_CHAT_REMOTE_API_KEY to a valid one."
    if status is not None and (300 <= status < 400 or status in (404, 405)):
        return (
            f"{server} does not list its models. Use the base URL of its OpenAI API, which usually "
            "ends in /v1; redirects are not followed."
        )
    if status is not None:
        return f"{server} fails with HTTP status {status}. See its log."
    if isinstance(error, openai.APITimeoutError):
        return f"{server} does not respond in time. Is it still loading, or overloaded?"
    if isinstance(error, openai.APIConnectionError):
        return f"{server} cannot be reached. Is it running, and is its address right?"
    return f"{server} does not speak OpenAI's API. Is its address right?"


def answer_failure(
    error: Exception, number: int, *, started: bool, size: PromptSize, window: int
) -> Failure:
    """Why server `number` did not complete an answer; `started`: some text had arrived."""
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    if isinstance(error, AnswerTruncated | openai.APIConnectionError):
        problem = (
            check_problem(error, number) if isinstance(error, openai.APIConnectionError) else None
        )
        if started:
            lost = EngineRestarting(
                "The connection to the model server was lost during this answer. Ask again.",
                retry_after_s=5,
            )
            return Failure(lost, problem=problem)
        return Failure(unreachable(problem), True, problem)
    if isinstance(error, openai.APIError) and _says_too_long(error):
        return Failure(
            ContextTooLong(
                f"The question with its drawings and history takes about {size.tokens} tokens, "
                f"{size.image_tokens} of them for images, which exceeds the model server's context "
                f"window. Set DRAWING_CHAT_MAX_MODEL_LEN (now {window}) to the server's window, or "
                "ask with fewer images or less text."
            )
        )
    if status in (401, 403):
        problem = check_problem(error, number)
        return Failure(EngineError(problem), True, problem)
    if status == 404:
        problem = (
            f"Model server {number} of DRAWING_CHAT_REMOTE_URLS no longer serves the model. Set "
            "DRAWING_CHAT_MODEL to one that it serves."
        )
        return Failure(EngineError(problem), True, problem)
    if status == 429:
        return Failure(Busy("The model server is overloaded.", retry_after_s=5), True)
    if status in (400, 413, 422):
        return Failure(
            BadRequest(
                "The model server rejected this question: it may not accept images, that many "
                "images, or an option. See its log."
            )
        )
    return Failure(EngineError("The model server failed this request. Ask again."), True)


def unreachable(problem: str | None) -> DrawingChatError:
    """The error when no server is left; the question can be repeated when one is back."""
    why = problem or "The model server closed the connection before the answer began."
    return EngineRestarting(why, retry_after_s=5)


def _says_too_long(error: openai.APIError) -> bool:
    words = f"{error.code} {error.message}".lower()
    return any(sign in words for sign in _TOO_LONG)
