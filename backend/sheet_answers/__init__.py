"""Answers that need no model: computed from a sheet's tables, text and zones, with their places."""
