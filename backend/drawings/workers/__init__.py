"""The processes that decode and draw, apart from the server."""
