"""Compares the texts of two sheets: aligns them, then lists the changes with their positions."""
