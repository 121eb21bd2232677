"""Rendering of pages: regions, tiles, caches, the IIIF Image API."""
