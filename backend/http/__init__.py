"""The HTTP server: the gate before every route, limits, status, the files of the page."""
