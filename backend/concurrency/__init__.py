"""Small asyncio building blocks that any room may use."""
