"""Answers questions without a model, from a sheet's tables, text and zones, with places."""
