"""A long conversation to scroll through: long answers with lists, tables and formulas."""

from __future__ import annotations

from typing import Any

import httpx

from tests.server_process import HANG_SECONDS

ANSWER = """The bore **Ø{n} H7** stands in view A, beside the note *deburr all edges*.

1. Its tolerance is {n}.021 / {n}.000 mm.
2. The shaft is Ø{n} g6, so that the clearance is $0.007$ to $0.041$ mm.

| feature | size | fit |
|---|---|---|
| bore | Ø{n} | H7 |
| shaft | Ø{n} | g6 |

See section C-C for the depth; the chamfer is 1×45° all round.
"""


def bring_in(url: str, messages: int) -> str:
    """Import a conversation of so many messages; its id."""
    rows: list[dict[str, Any]] = []
    for number in range(messages):
        asks = number % 2 == 0
        text = f"Question {number // 2}: which fit has the bore?" if asks else ANSWER
        rows.append(
            {
                "id": f"m{number}",
                "parent_id": f"m{number - 1}" if number else None,
                "role": "user" if asks else "assistant",
                "text": text if asks else text.replace("{n}", str(10 + number)),
            }
        )
    answer = httpx.post(
        f"{url}/api/conversations/import",
        json={"title": "Long", "messages": rows},
        timeout=HANG_SECONDS,
    )
    assert answer.status_code == 201, answer.text
    conversation: str = answer.json()["id"]
    return conversation
