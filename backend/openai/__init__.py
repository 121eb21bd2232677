"""The same engine for OpenAI's clients."""
