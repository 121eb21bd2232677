"""The tools that the model and the command line can call."""
