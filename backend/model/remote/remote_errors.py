"""What went wrong at a model server, as one of our errors and in words that say what to do.

Knows the exceptions of OpenAI's client. Servers are named by their place in the setting: no reply
of ours has an address, a key or another server's own words in it.
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

#: What OpenAI's API has as a code, and vLLM, Ollama and llama.cpp only in their words.
_TOO_LONG = ("context_length_exceeded", "context length", "context window", "context size")


class AnswerCut(Exception):
    """The stream ended without saying why: the server or a proxy gave up."""


class Failure(NamedTuple):
    """`error` is for the person. `elsewhere`: another server may do better. `problem`: why this
    server is not to be asked until a check has found it well again."""

    error: DrawingChatError
    elsewhere: bool = False
    problem: str | None = None


def of_check(error: Exception, number: int) -> str:
    """Why server `number` (from 1) could not be asked for its models."""
    server = f"Model server {number} of DRAWING_CHAT_REMOTE_URLS"
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    if status in (401, 403):
        return f"{server} refuses the key. Set DRAWING_CHAT_REMOTE_API_KEY to one that it knows."
    if status is not None and (300 <= status < 400 or status in (404, 405)):
        return (
            f"{server} does not list its models. Give the address below which its OpenAI API is, "
            "mostly one that ends in /v1; redirects are not followed."
        )
    if status is not None:
        return f"{server} is out of order: it answers with status {status}. See its log."
    if isinstance(error, openai.APITimeoutError):
        return f"{server} does not answer in time. Is it still loading, or overloaded?"
    if isinstance(error, openai.APIConnectionError):
        return f"{server} cannot be reached. Is it running, and is its address right?"
    return f"{server} does not speak OpenAI's API. Is its address right?"


def of_answer(
    error: Exception, number: int, *, begun: bool, size: PromptSize, window: int
) -> Failure:
    """Why server `number` did not give an answer to its end; `begun` once text had come."""
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    if isinstance(error, AnswerCut | openai.APIConnectionError):
        problem = of_check(error, number) if isinstance(error, openai.APIConnectionError) else None
        if begun:
            lost = EngineRestarting(
                "The model's server was lost in the middle of this answer. Ask again.",
                retry_after_s=5,
            )
            return Failure(lost, problem=problem)
        return Failure(unreachable(problem), True, problem)
    if isinstance(error, openai.APIError) and _says_too_long(error):
        return Failure(
            ContextTooLong(
                f"The question with its drawings and history has about {size.tokens} tokens, "
                f"{size.image_tokens} of them pictures, and the model's server says that this is "
                f"more than its window. Set DRAWING_CHAT_MAX_MODEL_LEN (now {window}) to the "
                "server's window, or ask with fewer pictures or less text."
            )
        )
    if status in (401, 403):
        problem = of_check(error, number)
        return Failure(EngineError(problem), True, problem)
    if status == 404:
        problem = (
            f"Model server {number} of DRAWING_CHAT_REMOTE_URLS does not have the model any more. "
            "Set DRAWING_CHAT_MODEL to one that it serves."
        )
        return Failure(EngineError(problem), True, problem)
    if status == 429:
        return Failure(Busy("The model's server is overloaded.", retry_after_s=5), True)
    if status in (400, 413, 422):
        return Failure(
            BadRequest(
                "The model's server refuses this question: it may not take pictures, that many of "
                "them, or an option. Its own log says which."
            )
        )
    return Failure(EngineError("The model's server failed this question. Ask again."), True)


def unreachable(problem: str | None) -> DrawingChatError:
    """No server is left to ask; the page's question may be sent again when one is back."""
    why = problem or "The model's server ended the answer before its first word."
    return EngineRestarting(why, retry_after_s=5)


def _says_too_long(error: openai.APIError) -> bool:
    words = f"{error.code} {error.message}".lower()
    return any(sign in words for sign in _TOO_LONG)
