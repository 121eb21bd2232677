"""Escapes a model's control tokens in text that comes from users, files and drawings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

#: A tokenizer has this token if its model was trained to call tools.
TOOL_CALL = "<tool_call>"
#: Tags that Qwen's chat templates put around tools; escaped whether or not they are tokens.
FORMAT_TAGS = (
    TOOL_CALL,
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<tools>",
    "</tools>",
)

#: Takes a text and the role of its message; returns the text without control tokens.
Escape = Callable[[str, str], str]


class ControlTokens:
    """The control tokens of one tokenizer."""

    def __init__(self, tokens: Iterable[str]) -> None:
        # Some vocabularies also add whole phrases, which control nothing.
        known = {token for token in tokens if token.startswith("<")} | {*FORMAT_TAGS}
        longest_first = sorted(known, key=len, reverse=True)
        self._all = _any_of(longest_first)
        self._special = _any_of([token for token in longest_first if token.startswith("<|")])

    def escape(self, text: str, role: str) -> str:
        """`text` with its control tokens made harmless, for a message of `role`.

        A tokenizer cannot tell a real `<|im_end|>` from one in a question, a file name or the text
        of a drawing. One space after the first character turns it into ordinary characters that
        stay readable: `< |im_end|>`. System and assistant messages keep tags such as
        `<tool_call>`, which belong there; in a question or a tool's result they are forged.
        """
        pattern = self._all if role in ("user", "tool") else self._special
        while pattern.search(text):  # escaping one token can expose another
            text = pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
        return text


def _any_of(tokens: Sequence[str]) -> re.Pattern[str]:
    """A pattern that matches any of `tokens`; it never matches if there are none."""
    return re.compile("|".join(map(re.escape, tokens)) or r"(?!)")
