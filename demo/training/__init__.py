"""Images, questions and batches from which the demo model learns; knows no DXF and no PDF."""
