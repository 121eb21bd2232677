"""Each figure that the project quotes, as a command. RESULTS.md holds what they printed."""
