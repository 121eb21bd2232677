"""Extracts tables from a sheet: title block, parts list, dimensions, revisions and notes. Each
value has its place and its grade. Tables come from the exact text alone, and are checked against
the model if one is ready.
"""
