"""One module per topic; each function adds its part to a reply."""
