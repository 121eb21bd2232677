"""Which zones of the frame a question names, such as C4. Pure.

A letter with a number is also a thread, a fit or a paper's size: it is a zone where the question
says so, or asks what is in it.
"""

from __future__ import annotations

import re

#: Letter first, as ISO 5457 has it; not the beginning of a longer value, nor of a paper's size.
_NAME = r"([A-Z]-?\d{1,2})(?![\w.,]*\d)(?!\s*-?(?:format|paper|size))"
_WORDS = r"zones?|fields?|squares?|grid|area|felde?s?|zonen?|planquadrat|구역|영역"
_NAMED = re.compile(
    rf"(?:\b(?:in|within|inside|im|innerhalb)\s+|(?<!\w)(?:{_WORDS})\s+)"
    rf"(?:(?:the|dem|der)\s+)?(?:(?:{_WORDS})\s+)?{_NAME}"
    rf"|(?<!\w){_NAME}(?=에|\s*구역|\s*영역|\s+zone\b)",
    re.IGNORECASE,
)


def named_zones(question: str, most: int) -> list[str]:
    """At most `most` names, upper case, as they are asked after; each once."""
    names = (match[1] or match[2] for match in _NAMED.finditer(question))
    return list(dict.fromkeys(name.upper().replace("-", "") for name in names))[:most]
