"""What the model and the command line may call."""
