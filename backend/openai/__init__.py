"""An OpenAI-compatible API over the same engine."""
