"""Tables from a sheet: title block, parts list, dimensions, revisions, notes; each value with its
place and its grade. From exact text alone, and checked against the model where one is ready."""
