"""Generates mechanical drawings with exact ground truth: layout, DXF, PDF, PNG."""
