"""Errors of the engineering functions: `ValueError`s with a message for the user."""

from __future__ import annotations


class EngineeringError(ValueError):
    """The question cannot be answered; `str(error)` gives the reason and an alternative."""


class NotUnderstood(EngineeringError):
    """The text is not a designation of the expected form."""


class OutsideTables(EngineeringError):
    """The standard defines no value, or none that could be verified against a second source."""
