"""Pixels of sheets: regions, tiles, caches, the IIIF Image API."""
