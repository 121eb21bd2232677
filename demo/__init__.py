"""The demo model: what a machine without a GPU runs, so that the whole product can be tried."""
