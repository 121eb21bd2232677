"""DWG through a stand-in for the ODA File Converter: a program with its arguments that really
writes a DXF."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

import pytest

from backend.config.settings import load_settings
from backend.errors import DamagedFile, SettingsError, TooComplex, UnsupportedFormat
from tests.drawing_library import files_in, open_library
from tests.drawings import vector_samples as samples
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio

#: An AutoCAD 2018 file begins like this.
DWG = b"AC1032" + bytes(2000)
#: Arguments: input folder, output folder, version, type, recurse, audit, filter.
CONVERTS = """
[ "$3" = ACAD2018 ] && [ "$4" = DXF ] && [ "$(head -c 6 "$1/$7")" = AC1032 ] || exit 1
cp "$(dirname "$0")/sheet.dxf" "$2/$(basename "$7" .dwg).dxf"
"""


def program(folder: Path, script: str) -> Path:
    """An executable with this shell script, beside a DXF."""
    (folder / "sheet.dxf").write_bytes(samples.dxf_bytes(samples.part_sheet(), False))
    path = folder / "ODAFileConverter"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return path


async def test_a_dwg_is_read_as_the_dxf_that_the_converter_writes(tmp_path: Path) -> None:
    converter = program(tmp_path, CONVERTS)
    async with open_library(tmp_path / "data", oda_file_converter=converter) as library:
        info = await library.add_bytes("me", "part.dwg", DWG)
        assert info.media_type == "image/vnd.dwg"
        assert [page.label for page in info.pages] == ["Layout1", "Model"]
        texts = {item.text for item in await library.text("me", info.id, 1)}
        assert {"7.5 +0.02/-0.01", "SHEET 1"} <= texts
        before = await library.overview("me", info.id, 1)
        # What it was converted to is made again where it is lost.
        await asyncio.to_thread(library._store.derived(info.sha256).unlink)
        library._renderer._images.clear()
        assert (await library.overview("me", info.id, 1)).key == before.key
        left = {path.suffix for path in files_in(library._store.scratch)}
        assert not left & {".dwg", ".dxf"}


async def test_the_converter_is_found_in_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, CONVERTS)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    async with open_library(tmp_path / "data") as library:
        assert (await library.add_bytes("me", "part.dwg", DWG)).media_type == "image/vnd.dwg"


async def test_without_a_converter_it_is_refused_with_the_way_out(tmp_path: Path) -> None:
    async with open_library(tmp_path) as library:
        with pytest.raises(UnsupportedFormat, match=r"Save it as DXF or PDF .* ODA File Converter"):
            await library.add_bytes("me", "part.dwg", DWG)


@pytest.mark.parametrize("script", ["exit 0", "echo 'cannot read' >&2; exit 1"])
async def test_what_the_converter_cannot_read_is_damaged(tmp_path: Path, script: str) -> None:
    converter = program(tmp_path, script)
    async with open_library(tmp_path / "data", oda_file_converter=converter) as library:
        with pytest.raises(DamagedFile, match="ODA File Converter could not read"):
            await library.add_bytes("me", "part.dwg", DWG)


async def test_a_converter_that_does_not_end_is_ended(tmp_path: Path) -> None:
    converter = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 3600")
    settings = {"oda_file_converter": converter, "decode_seconds": 8}
    async with open_library(tmp_path / "data", **settings) as library:
        with pytest.raises(TooComplex, match="more time"):
            await library.add_bytes("me", "part.dwg", DWG)
        pid = int((tmp_path / "pid").read_text())
        # The group is killed before the upload is answered; the kernel may take a moment.
        async with asyncio.timeout(HANG_SECONDS):
            await asyncio.to_thread(_wait_until_gone, pid)


def _wait_until_gone(pid: int) -> None:
    """Until the process has ended; one that is only not yet reaped has."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
            time.sleep(0.05)


def test_a_setting_that_names_no_program_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_ODA_FILE_CONVERTER", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match="no executable file"):
        load_settings()
