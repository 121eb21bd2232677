"""Arithmetic of the standards: fits, general tolerances, threads, units, stack-ups. Pure."""
