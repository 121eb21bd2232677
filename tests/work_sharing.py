"""How two test processes share the work: a module at a time, and all that shares an engine in one.

Modules go out in the order in which they are collected, the slow suites' longest first.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

#: Folders whose modules share an expensive fixture, so that one process runs them all.
TOGETHER = ("tests/engine/shared/",)


class ModuleScheduling(LoadScopeScheduling):
    """`--dist loadscope` with larger scopes, and without its order by numbers of tests."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        for folder in TOGETHER:
            if nodeid.startswith(folder):
                return folder
        return nodeid.partition("::")[0]
