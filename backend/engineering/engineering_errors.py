"""What the engineering functions refuse, as `ValueError`s with a sentence for the reader."""

from __future__ import annotations


class EngineeringError(ValueError):
    """The question cannot be answered; `str(error)` says why and what would be."""


class NotUnderstood(EngineeringError):
    """The text is not a designation of the expected form."""


class OutsideTables(EngineeringError):
    """The standard has no value there, or none that could be checked against a second source."""
