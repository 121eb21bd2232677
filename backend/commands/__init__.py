"""What the command `drawing-chat` does, a module for each of its words."""
