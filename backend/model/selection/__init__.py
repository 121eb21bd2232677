"""Choosing a model: catalog, memory plan, download and advice."""
