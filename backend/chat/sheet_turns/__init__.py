"""Answers turns from the sheet without a model, and checks a model's claims against the sheet."""
