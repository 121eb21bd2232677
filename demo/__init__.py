"""The demo model, which lets the whole product run on a machine without a GPU."""
