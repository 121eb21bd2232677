"""Texts that changed and moved at once: whose counterpart is safe to tell, and no other.

Pure. The same kind of callout (`Ø12 H7` and `Ø14 g6`, not `R5`), nearby or moved along
with the same neighbours, and only where neither has a second candidate. All else stays removed
and added.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from backend.compare.runs import Open, Run, turned_alike

#: A callout that was moved aside is at most so many letter heights away: 28 mm on most sheets.
NEARBY = 8
#: Of so many nearest texts that have their counterparts, so many are the same.
NEIGHBOURS, SHARED = 3, 2
#: More texts without a counterpart are another sheet, not a revision; looking only takes time.
MOST = 200

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FIT = re.compile(r"(?<=#)[a-z]{1,2}(?=#)")


def counterparts(left: Open) -> Iterator[tuple[float, Run, Run]]:
    """Pairs of what is left, with the distance in new canvas pixels."""
    if max(len(left.old), len(left.new)) > MOST:
        return
    candidates: list[tuple[Run, Run]] = []
    by_kind: dict[str, list[Run]] = defaultdict(list)
    for run in left.new.values():
        by_kind[callout_kind(run.key)].append(run)
    ours, theirs = [one for _, one, _ in left.pairs], [other for _, _, other in left.pairs]
    ways = [other.centre - one.centre for one, other in zip(ours, theirs, strict=True)]
    around_old = {id(run): _around(run, ours) for run in left.old.values()}
    around_new = {id(run): _around(run, theirs) for run in left.new.values()}
    for one in left.old.values():
        kind = callout_kind(one.key)
        if "#" not in kind:
            continue
        for other in by_kind[kind]:
            if not turned_alike(one, other):
                continue
            way, reach = other.centre - one.centre, NEARBY * max(one.height, other.height)
            shared = around_old[id(one)] & around_new[id(other)]
            along = sum(abs(way - ways[number]) <= reach for number in shared) >= SHARED
            # Bare numbers are of all kinds: to be near says too little.
            if along or (abs(way) <= reach and any(sign not in "#.,+-" for sign in kind)):
                candidates.append((one, other))
    for one, other in candidates:
        if sum(one is pair[0] or other is pair[1] for pair in candidates) == 1:
            yield abs(one.centre - other.centre), one, other


def callout_kind(key: str) -> str:
    """A spelling without its numbers and with any fit: `Ø12H7` and `Ø14g6` are of one kind."""
    return _FIT.sub("f", _NUMBER.sub("#", key).casefold())


def _around(run: Run, others: Sequence[Run]) -> set[int]:
    """Which of the others are nearest to a run, by their places in the list."""
    apart = ((abs(other.centre - run.centre), number) for number, other in enumerate(others))
    return {number for _, number in heapq.nsmallest(NEIGHBOURS, apart)}
