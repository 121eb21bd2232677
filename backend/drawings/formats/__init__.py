"""File formats, one module per family: pages, canvas sizes, rendered regions and text."""
