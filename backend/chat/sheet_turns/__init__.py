"""Turns that the sheet answers for itself, and the model's claims held against it."""
