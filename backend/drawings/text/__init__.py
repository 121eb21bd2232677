"""Text on sheets: line building, stacked limits, recognition, search."""
