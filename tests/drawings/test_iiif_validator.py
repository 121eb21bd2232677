"""The public IIIF validator against a real server, version 3.0 at level 2."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image, ImageDraw

from backend.drawings.images import iiif_routes
from backend.http.error_handlers import add_error_handlers
from tests.drawing_library import open_library
from tests.drawing_samples import encoded
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio

#: Prints the colours of the validator's test image, which its package does not contain.
COLOURS = "from iiif_validator.validator import ValidationInfo as V; print('=', V().colorInfo)"
#: The tests of version 3.0 up to level 2.
EXPECTED_TESTS = 30


async def test_version_3_level_2(tmp_path: Path) -> None:
    # The validator asks libmagic only about formats beyond level 2.
    (tmp_path / "magic.py").write_text("")
    colours = (await _python(tmp_path, "-c", COLOURS)).partition("=")[2]
    async with open_library(tmp_path / "data") as library:
        drawing = await library.add_bytes("local", "squares.png", _squares(colours))
        app = FastAPI()
        app.include_router(iiif_routes.router)
        add_error_handlers(app)
        app.state.running = SimpleNamespace(library=library)
        config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait on
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        report = await _python(
            tmp_path,
            str(Path(sys.executable).with_name("iiif-validate.py")),
            *("-s", f"127.0.0.1:{port}", "-p", "iiif", "-i", f"{drawing.id}.1"),
            *("--version", "3.0", "--level", "2"),
        )
        server.should_exit = True
        await serving
    assert "FAIL" not in report, report
    done = re.search(r"Done \((\d+) tests, 0 failures\)", report)
    assert done is not None, report
    assert int(done[1]) >= EXPECTED_TESTS, report


async def _python(folder: Path, *arguments: str) -> str:
    """Run the test environment's Python; its output, both streams."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    async with asyncio.timeout(HANG_SECONDS):
        return (await process.communicate())[0].decode()


def _squares(colours: str) -> bytes:
    """Ten by ten squares of 100 pixels, as the validator expects them."""
    rows = re.findall(r"\((\d+), (\d+), (\d+)\)", colours)
    assert len(rows) == 100
    image = Image.new("RGB", (1000, 1000))
    draw = ImageDraw.Draw(image)
    for index, (red, green, blue) in enumerate(rows):
        x, y = index // 10 * 100, index % 10 * 100
        draw.rectangle((x, y, x + 99, y + 99), fill=(int(red), int(green), int(blue)))
    return encoded(image, "PNG")
