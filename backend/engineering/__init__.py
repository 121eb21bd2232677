"""Calculations from standards: fits, general tolerances, threads, units, stack-ups. Pure."""
