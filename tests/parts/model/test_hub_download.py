"""Downloads from a hub on loopback with the real client: lost connections, wrong checksums, full
disks."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loopback_hub import COMMIT, Hub, Repository
from tests.server_process import HANG_SECONDS

NAME = "Qwen/Qwen3-VL-8B-Instruct"
LARGE = "model-00001-of-00002.safetensors"
SMALL = "model-00002-of-00002.safetensors"
#: Larger than one chunk of the client (10 MiB), so that a cut leaves something behind.
SIZE = 25_000_000


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    index = {"weight_map": {"a": LARGE, "b": SMALL}}
    return {
        "config.json": b'{"model_type": "qwen3_vl"}',
        "model.safetensors.index.json": json.dumps(index).encode(),
        LARGE: random.Random(0).randbytes(SIZE),  # noqa: S311
        SMALL: random.Random(1).randbytes(100_000),  # noqa: S311
        "README.md": b"not wanted",
        "model.gguf": b"not wanted either",
    }


@pytest.fixture
def hub(files: dict[str, bytes]) -> Iterator[Hub]:
    with Hub({NAME: Repository(dict(files))}) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "hub-home"


def environment(hub: Hub, home: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return kept | {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"} | more


def command(before: str = "") -> list[str]:
    """The command line program, after a line of Python (`d` is the download's module)."""
    lines = [
        "import sys",
        "import backend.model.selection.hub_download as d",
        "from backend.cli import main",
    ]
    return [sys.executable, "-c", "\n".join([*lines, before, "sys.exit(main())"])]


def download(
    hub: Hub,
    home: Path,
    *arguments: str,
    prefix: tuple[str, ...] = (),
    before: str = "",
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """`drawing-chat download`, in a process of its own, as the client reads its settings once."""
    return subprocess.run(
        [*prefix, *command(before), "download", *(arguments or ("qwen3-vl:8b-bf16",))],
        env=environment(hub, home, **more),
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
    )


def snapshot(home: Path) -> Path:
    return home / "hub" / ("models--" + NAME.replace("/", "--")) / "snapshots" / COMMIT


def test_a_model_is_downloaded_completely_and_once(
    hub: Hub, home: Path, files: dict[str, bytes]
) -> None:
    done = download(hub, home)
    assert done.returncode == 0, done.stderr
    assert "25.1 MB in 4 files, 0.0 MB of them cached. Licence: apache-2.0." in done.stdout
    assert "checksums match" in done.stdout
    assert "100 % 25.1 MB of 25.1 MB" in done.stderr
    for name in (LARGE, SMALL, "config.json"):
        assert (snapshot(home) / name).read_bytes() == files[name]
    assert sorted(hub.sent) == sorted({LARGE, SMALL, "config.json", "model.safetensors.index.json"})
    asked = dict(hub.sent)
    again = download(hub, home)
    assert (again.returncode, again.stdout) == (0, f"{NAME} is already downloaded.\n")
    assert hub.sent == asked


def test_the_client_sends_no_data_about_this_machine(hub: Hub, home: Path) -> None:
    assert download(hub, home, "qwen3-vl:8b-bf16", "--dry-run").returncode == 0
    assert hub.sent == {}
    assert hub.agents and not any("torch" in agent for agent in hub.agents)


def test_a_lost_connection_resumes(hub: Hub, home: Path) -> None:
    hub.cuts[LARGE] = [12_000_000]
    done = download(hub, home)
    assert done.returncode == 0, done.stderr
    assert hub.ranges and hub.ranges[0].startswith(f"{LARGE} bytes=")
    assert int(hub.ranges[0].partition("=")[2].rstrip("-")) > 10_000_000
    digest = hashlib.sha256((snapshot(home) / LARGE).read_bytes()).hexdigest()
    assert digest == (snapshot(home) / LARGE).resolve().name


def test_a_killed_download_resumes(hub: Hub, home: Path, files: dict[str, bytes]) -> None:
    hub.pause = threading.Event()
    # Waits in the second file, whose first half has come.
    running = subprocess.Popen(
        [*command(), "download", "qwen3-vl:8b-bf16"],
        env=environment(hub, home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert hub.paused.wait(HANG_SECONDS)
        blobs = snapshot(home).parent.parent / "blobs"
        hub.pause.set()
        hub.paused.clear()
        hub.pause = threading.Event()
        assert hub.paused.wait(HANG_SECONDS)
        while not any(file.stat().st_size >= 10_000_000 for file in blobs.glob("*-part")):
            assert running.poll() is None
    finally:
        running.kill()
        running.wait(HANG_SECONDS)
        hub.pause.set()
    hub.pause = None
    hub.ranges.clear()
    done = download(hub, home)
    assert done.returncode == 0, done.stderr
    assert "0.0 MB of them cached" not in done.stdout
    assert any(line.startswith(LARGE) for line in hub.ranges)
    assert (snapshot(home) / LARGE).read_bytes() == files[LARGE]


def test_two_programs_download_a_model_once(hub: Hub, home: Path, files: dict[str, bytes]) -> None:
    hub.pause = threading.Event()
    argv = [*command(), "download", "qwen3-vl:8b-bf16"]
    around = environment(hub, home)
    with subprocess.Popen(argv, env=around, stdout=subprocess.DEVNULL) as first:
        assert hub.paused.wait(HANG_SECONDS)  # it has half of the first file
        with subprocess.Popen(argv, env=around, stderr=subprocess.PIPE, text=True) as second:
            try:
                assert second.stderr is not None
                while "Another program is downloading" not in second.stderr.readline():
                    assert second.poll() is None
                hub.pause.set()
                hub.pause = None
                rest = second.stderr.read()
                assert (first.wait(HANG_SECONDS), second.wait(HANG_SECONDS)) == (0, 0), rest
            finally:
                first.kill()
                second.kill()
    assert "wrong checksum" not in rest and "100 % 25.1 MB of 25.1 MB" in rest
    assert hub.sent[LARGE] == SIZE
    assert (snapshot(home) / LARGE).read_bytes() == files[LARGE]


def test_a_revision_is_found_offline(hub: Hub, home: Path) -> None:
    named = {"DRAWING_CHAT_REVISION": "v1.0"}
    assert download(hub, home, **named).returncode == 0
    again = download(hub, home, **named, HF_HUB_OFFLINE="1")
    assert (again.returncode, again.stdout) == (0, f"{NAME} is already downloaded.\n")
    # Of the branch nothing is known by that.
    assert download(hub, home, HF_HUB_OFFLINE="1").returncode == 1


def test_a_moved_branch_is_found_offline(hub: Hub, home: Path) -> None:
    main = snapshot(home).parent.parent / "refs" / "main"
    main.parent.mkdir(parents=True)
    main.write_text("d" * 40)  # a commit of which nothing is here
    assert download(hub, home).returncode == 0
    assert main.read_text() == COMMIT
    assert download(hub, home, HF_HUB_OFFLINE="1").returncode == 0


def test_an_unwritable_cache_is_reported(hub: Hub, home: Path) -> None:
    before = "import pathlib; made = pathlib.Path.mkdir\n" + "\n".join(
        [
            "def refuse(self, *a, **k):",
            "    if 'blobs' in str(self): raise PermissionError(13, 'Permission denied')",
            "    return made(self, *a, **k)",
            "pathlib.Path.mkdir = refuse",
        ]
    )
    done = download(hub, home, before=before)
    assert done.returncode == 1
    assert "cannot be written to the Hugging Face cache (Permission denied)" in done.stderr
    assert "HF_HOME" in done.stderr


def test_a_wrong_checksum_is_downloaded_again(
    hub: Hub, home: Path, files: dict[str, bytes]
) -> None:
    hub.spoiled[LARGE] = 1
    assert download(hub, home).returncode == 0
    assert (snapshot(home) / LARGE).read_bytes() == files[LARGE]
    assert hub.sent[LARGE] == 2 * SIZE


def test_persistently_wrong_files_never_enter_the_cache(hub: Hub, home: Path) -> None:
    hub.spoiled[SMALL] = 9
    done = download(hub, home)
    assert done.returncode == 1
    assert f"{SMALL} of {NAME} had a wrong checksum 2 times" in done.stderr
    assert not (snapshot(home) / SMALL).exists()
    assert list((snapshot(home).parent.parent / "blobs").glob("*-part")) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Qwen/Qwen3-VL-8B-Thinking", "The hub has no repository Qwen/Qwen3-VL-8B-Thinking"),
        ("someone/qwen3vl-7b", "qwen3-vl:8b"),
        ("qwen3-vl:7b", "There is no model 'qwen3-vl:7b'"),
        ("some one/model", "not a repository name"),
    ],
)
def test_missing_models_are_reported_with_suggestions(
    hub: Hub, home: Path, name: str, told: str
) -> None:
    done = download(hub, home, name)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_family_name_downloads_the_variant_that_fits(
    hub: Hub, home: Path, files: dict[str, bytes]
) -> None:
    repository = "Qwen/Qwen2.5-VL-3B-Instruct-AWQ"
    hub.repositories[repository] = Repository(dict(files), licence="qwen-research")
    gpus = (
        "import backend.commands.download as c; "
        "from backend.model.selection.gpus import hypothetical_gpus; "
    )
    before = gpus + "c.installed_gpus = lambda: hypothetical_gpus(1, 8 << 30)"
    done = download(hub, home, "qwen2.5-vl:3b", "--dry-run", before=before)
    assert done.returncode == 0, done.stderr
    assert f"{repository}: 25.1 MB" in done.stdout and "Licence: qwen-research." in done.stdout


def test_a_gated_model_is_reported_before_any_download(hub: Hub, home: Path) -> None:
    hub.repositories[NAME].gated = True
    hub.tokens.add("hf_right")
    for more in ({}, {"HF_TOKEN": "hf_wrong"}):
        done = download(hub, home, **more)
        assert done.returncode == 1
        assert "is gated: accept its terms" in done.stderr and "HF_TOKEN" in done.stderr
    assert hub.sent == {}
    assert download(hub, home, HF_TOKEN="hf_right").returncode == 0


def test_offline_mode_contacts_nobody(hub: Hub, home: Path) -> None:
    done = download(hub, home, HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "HF_HUB_OFFLINE forbids downloading it" in done.stderr
    assert hub.agents == set()


def test_offline_mode_finds_a_cached_model(hub: Hub, home: Path) -> None:
    assert download(hub, home).returncode == 0
    hub.agents.clear()
    assert download(hub, home, HF_HUB_OFFLINE="1").returncode == 0
    assert hub.agents == set()


def test_an_unreachable_hub_is_reported(hub: Hub, home: Path) -> None:
    done = download(hub, home, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "Check the network" in done.stderr and "HF_ENDPOINT" in done.stderr


def test_a_folder_needs_no_download(hub: Hub, home: Path, tmp_path: Path) -> None:
    done = download(hub, home, str(tmp_path))
    assert done.returncode == 0 and "nothing to download" in done.stdout


def test_the_configured_cache_folder_is_used(hub: Hub, home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    assert download(hub, home, DRAWING_CHAT_DOWNLOAD_DIR=str(own)).returncode == 0
    assert (own / ("models--" + NAME.replace("/", "--")) / "snapshots" / COMMIT).is_dir()
    assert not (home / "hub").exists()


def may_mount() -> bool:
    """Whether this machine lets a test make a small disk of its own."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(home: Path) -> tuple[str, ...]:
    """Runs a command with the hub's home on a disk of 12 MB."""
    if not may_mount():
        pytest.skip("no mount of an own is allowed here")
    home.mkdir()
    script = f'mount -t tmpfs -o size=12m none "{home}" && exec "$@"'
    return ("unshare", "-rm", "sh", "-c", script, "sh")


def test_a_full_disk_is_reported_before_the_download(
    hub: Hub, home: Path, small_disk: tuple[str, ...]
) -> None:
    done = download(hub, home, prefix=small_disk)
    assert done.returncode == 1
    assert f"{NAME} needs 25.1 MB more on the disk" in done.stderr
    assert "12.6 MB free. Free some space" in done.stderr
    assert hub.sent == {}


def test_a_disk_that_fills_up_is_reported(
    hub: Hub, home: Path, small_disk: tuple[str, ...]
) -> None:
    hub.claimed[LARGE] = 200_000  # there seems to be room
    done = download(hub, home, prefix=small_disk, before="d.RESERVE_BYTES = 0")
    assert done.returncode == 1
    assert "The disk of the Hugging Face cache is full" in done.stderr
    assert "resumes where it stopped" in done.stderr
