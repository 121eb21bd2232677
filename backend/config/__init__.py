"""Settings of server and engine: `from backend.config import Settings, load_settings`."""

from backend.config.settings import PROJECT_ROOT, Settings, load_settings

__all__ = ["PROJECT_ROOT", "Settings", "load_settings"]
