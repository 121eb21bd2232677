"""Model servers that already run: their endpoints, requests, streams and errors."""
