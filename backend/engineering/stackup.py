"""Tolerance stack-ups of a linear chain: worst case and root sum of squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.engineering.engineering_errors import NotUnderstood


@dataclass(frozen=True, slots=True)
class Link:
    """A dimension of the chain in mm: `upper` and `lower` are its signed deviations.

    `direction` is +1 if the dimension lengthens the closing dimension, -1 if it shortens it.
    """

    nominal: Decimal
    upper: Decimal
    lower: Decimal
    direction: int = 1


@dataclass(frozen=True, slots=True)
class StackUp:
    """The closing dimension in mm: nominal, its worst-case limits, and its likely limits.

    The root sum of squares is taken about the middle of the tolerance zones. It applies to
    independent, centred dimensions whose tolerances are all the same multiple of their spread.
    """

    nominal: Decimal
    worst_smallest: Decimal
    worst_largest: Decimal
    rss_smallest: Decimal
    rss_largest: Decimal


def stack_up(links: Sequence[Link]) -> StackUp:
    """Compute the closing dimension. Raises `NotUnderstood` for an empty or contradictory chain."""
    if not links:
        raise NotUnderstood("A chain needs at least one dimension.")
    for link in links:
        if link.upper < link.lower or link.direction not in (1, -1):
            raise NotUnderstood("Each link needs upper ≥ lower and a direction of 1 or -1.")
    zero = Decimal(0)
    nominal = sum((link.direction * link.nominal for link in links), zero)
    middle = nominal + sum((link.direction * (link.upper + link.lower) / 2 for link in links), zero)
    halves = [(link.upper - link.lower) / 2 for link in links]
    worst, likely = sum(halves, zero), sum((half * half for half in halves), zero).sqrt()
    return StackUp(nominal, middle - worst, middle + worst, middle - likely, middle + likely)
