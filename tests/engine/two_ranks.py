"""A process that runs the engine on two ranks while every connection is written down.

Started by `start_two_ranks`; prints one line of JSON. All its children are watched as well, by a
`sitecustomize` that Python loads in each of them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path

from backend.config.settings import Settings
from backend.model.vllm.engine_processes import EngineProcesses
from backend.qwen_vision_service import QwenVisionService
from tests.engine.asking import ask, noise

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = noise(320, 256, seed=77)
QUESTION = "What is the largest bore?"

#: Writes each name that is looked up and each address that is connected to, to a file.
WATCH_CONNECTIONS = """
import os, socket

def note(text):
    with open(os.environ["CONNECTIONS_FILE"], "a") as file:
        file.write(text + "\\n")

class Socket(socket.socket):
    def connect(self, address):
        if self.family != socket.AF_UNIX:
            note(str(address[0]))
        return super().connect(address)

    def connect_ex(self, address):
        if self.family != socket.AF_UNIX:
            note(str(address[0]))
        return super().connect_ex(address)

    def sendto(self, data, *rest):
        if self.family != socket.AF_UNIX:
            note(str(rest[-1][0]))
        return super().sendto(data, *rest)

look_up = socket.getaddrinfo

def getaddrinfo(host, *rest, **more):
    note(str(host))
    return look_up(host, *rest, **more)

socket.socket = Socket
socket.getaddrinfo = getaddrinfo
note("started")
"""


def start_two_ranks(checkpoint: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run this module; `folder` gets its data and `connections.txt`."""
    (folder / "watch").mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(WATCH_CONNECTIONS)
    environment = {
        **os.environ,
        "CONNECTIONS_FILE": str(folder / "connections.txt"),
        "PYTHONPATH": os.pathsep.join([str(folder / "watch"), str(PROJECT_ROOT)]),
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.engine.two_ranks", str(checkpoint), str(folder)],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
    )


def left_the_machine(connections: Path) -> list[str]:
    """Names and addresses that are not of this machine's loopback."""
    strangers = set()
    for host in connections.read_text().splitlines():
        if host in ("started", "localhost", "None", ""):
            continue
        try:
            if ipaddress.ip_address(host).is_loopback or host == "0.0.0.0":
                continue
        except ValueError:
            pass  # a name: it must be looked up, which leaves the machine
        strangers.add(host)
    return sorted(strangers)


async def main(checkpoint: Path, folder: Path) -> None:
    """Ask one question on two ranks."""
    settings = Settings(
        model=str(checkpoint),
        data_folder=folder / "data",
        dtype="float32",
        max_model_len=4096,
        max_num_seqs=32,
        images_per_prompt=4,
        image_max_pixels=1_048_576,
        tensor_parallel_size=2,
    )
    service = QwenVisionService(settings)
    await service.start()
    assert service.status().state == "ready", service.status().error
    recorded = EngineProcesses(folder / "data" / "engine").recorded()
    alive = sum(one.process.is_alive() for one in recorded)
    answer = await ask(service, PICTURE, QUESTION, max_tokens=32)
    await service.stop()
    strangers = left_the_machine(folder / "connections.txt")
    told = {"text": answer.text, "workers": alive - 1, "left_the_machine": strangers}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
