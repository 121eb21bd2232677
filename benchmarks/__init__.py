"""A command for each figure that the project quotes. The results are in docs/benchmarks.md."""
