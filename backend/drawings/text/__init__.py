"""Text of sheets: lines from single letters, stacked limits, recognition, search."""
