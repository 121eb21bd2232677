"""Matches callouts that changed and moved at once, if the match is unambiguous.

Pure. The callouts must be of the same kind (`Ø12 H7` and `Ø14 g6`, not `R5`), nearby or moved with
the same neighbours, and neither may have a second candidate. All others stay removed and added.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from backend.compare.runs import Open, Run, turned_alike

#: Largest distance of a moved callout in letter heights: 28 mm on most sheets.
NEARBY = 8
#: Nearest matched texts to examine, and how many of them must be the same.
NEIGHBOURS, SHARED = 3, 2
#: With more unmatched texts than this it is a different sheet, not a revision; matching would only
#: take time.
MOST = 200

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FIT = re.compile(r"(?<=#)[a-z]{1,2}(?=#)")


def counterparts(left: Open) -> Iterator[tuple[float, Run, Run]]:
    """Pairs of unmatched texts, with their distance in new canvas pixels."""
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
            # Bare numbers can be anything: proximity is not enough.
            if along or (abs(way) <= reach and any(sign not in "#.,+-" for sign in kind)):
                candidates.append((one, other))
    for one, other in candidates:
        if sum(one is pair[0] or other is pair[1] for pair in candidates) == 1:
            yield abs(one.centre - other.centre), one, other


def callout_kind(key: str) -> str:
    """The text with numbers and fit removed: `Ø12H7` and `Ø14g6` are of the same kind."""
    return _FIT.sub("f", _NUMBER.sub("#", key).casefold())


def _around(run: Run, others: Sequence[Run]) -> set[int]:
    """The indices of the runs nearest to a run."""
    apart = ((abs(other.centre - run.centre), number) for number, other in enumerate(others))
    return {number for _, number in heapq.nsmallest(NEIGHBOURS, apart)}
