"""Finds the zones of the frame that a question names, such as C4. Pure.

A letter with a number may also be a thread, a fit or a paper size; it counts as a zone if the
question calls it one or asks for its contents.
"""

from __future__ import annotations

import re

#: Letter first, as in ISO 5457; not the start of a longer value or of a paper size.
_NAME = r"([A-Z]-?\d{1,2})(?![\w.,]*\d)(?!\s*-?(?:format|paper|size))"
_WORDS = r"zones?|fields?|squares?|grid|area|felde?s?|zonen?|planquadrat|구역|영역"
_NAMED = re.compile(
    rf"(?:\b(?:in|within|inside|im|innerhalb)\s+|(?<!\w)(?:{_WORDS})\s+)"
    rf"(?:(?:the|dem|der)\s+)?(?:(?:{_WORDS})\s+)?{_NAME}"
    rf"|(?<!\w){_NAME}(?=에|\s*구역|\s*영역|\s+zone\b)",
    re.IGNORECASE,
)


def named_zones(question: str, most: int) -> list[str]:
    """Return at most `most` names in upper case, in the order of the question, each once."""
    names = (match[1] or match[2] for match in _NAMED.finditer(question))
    return list(dict.fromkeys(name.upper().replace("-", "") for name in names))[:most]
