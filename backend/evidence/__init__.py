"""Checks whether the values in a text are on the sheet: finding, matching and grading. Pure."""
