"""Whether the values in a text stand on the sheet: finding, matching and grading. Pure."""
