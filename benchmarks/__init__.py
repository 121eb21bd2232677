"""One command per figure quoted by the project. Results are in docs/benchmarks.md."""
