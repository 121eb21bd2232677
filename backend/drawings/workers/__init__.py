"""Worker processes that decode and render files outside the server."""
