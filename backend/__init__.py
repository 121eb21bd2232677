"""Drawing Chat: ask about technical drawings on your own GPU."""

__version__ = "0.1.0"

import os as _os

if "_DRAWING_CHAT_SERVER" in _os.environ:
    # A process of the engine imports its parent's main module first of all, long before vLLM:
    # from here on it ends with its server.
    from backend.model.vllm.parent_watch import watch_parent

    watch_parent()
