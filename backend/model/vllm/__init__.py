"""The parts of the vision service that runs vLLM in this process."""
