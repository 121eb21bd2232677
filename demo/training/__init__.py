"""Images, questions and batches for training the demo model, without DXF or PDF."""
