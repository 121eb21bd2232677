"""The HTTP of comparing: real files, read by the workers, and other people's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.drawing_samples import pdf, png
from tests.whole_app import Running, run_app

pytestmark = pytest.mark.anyio

#: left, bottom and text, in points
Line = tuple[int, int, str]
SHEET: list[Line] = [
    (30, 260, "FLANGE"), (30, 230, "S235JR"), (30, 200, "ISO 2768-mK"), (30, 170, "83-8834"),
    (250, 260, "12,5"), (250, 200, "R5"), (250, 140, "R5"), (250, 80, "M8x1"),
]  # fmt: skip


def sheet(*lines: Line, shift: int = 0) -> bytes:
    """A PDF page with these lines, all of them moved to the right by `shift` points."""
    return pdf(" ".join(
        f"BT /F1 12 Tf {x + shift} {y} Td ({text}) Tj ET" for x, y, text in lines
    ))  # fmt: skip


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("compare") / "data"
    async with run_app(folder, owners=("alice", "bob")) as running:
        yield running


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with running.as_owner("alice") as http:
        yield http


async def upload(http: httpx.AsyncClient, data: bytes, name: str = "a.pdf") -> str:
    answer = await http.post("/api/drawings", files={"file": (name, data)})
    assert answer.status_code in (200, 201), answer.text
    identifier: str = answer.json()["id"]
    return identifier


async def test_a_revision_of_a_pdf(http: httpx.AsyncClient) -> None:
    old = await upload(http, sheet(*SHEET))
    kept = [line for line in SHEET if line[2] not in ("12,5", "S235JR")]
    revised = [*kept[:-1], (250, 260, "12,7"), (30, 20, "M8x1"), (130, 20, "NOTE")]
    new = await upload(http, sheet(*revised, shift=9))
    answer = await http.get("/api/compare", params={"old": f"{old}.1", "new": f"{new}.1"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    said = [(one["kind"], one["old"]["text"], one["new"]["text"]) for one in found["changes"]]
    assert sorted(said, key=str) == [
        ("added", None, "NOTE"),
        ("changed", "12,5", "12,7"),
        ("moved", "M8x1", "M8x1"),
        ("removed", "S235JR", None),
    ]
    pixels = 9 * 300 / 72  # the canvas of a PDF page has 300 dpi
    assert found["alignment"]["by"] == "text"
    assert found["alignment"]["matrix"] == pytest.approx([1, 0, 0, 1, pixels, 0], abs=1)
    changed = next(one for one in found["changes"] if one["kind"] == "changed")
    assert changed["new"]["box"][0] - changed["old"]["box"][0] == pytest.approx(pixels, abs=2)
    assert (found["old"]["drawing"], found["old"]["page"]) == (old, 1)
    assert found["new"]["text_source"] == "vector"
    assert found["without_text"] == []


async def test_a_sheet_without_text_is_named(http: httpx.AsyncClient) -> None:
    scan = await upload(http, png(), "scan.png")
    text = await upload(http, sheet(*SHEET))
    answer = await http.get("/api/compare", params={"old": f"{scan}.1", "new": f"{text}.1"})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["without_text"], found["changes"]) == (["old"], [])
    assert found["alignment"]["by"] == "canvas"
    assert found["old"]["width"] == 640


async def test_what_is_not_there_or_not_ones_own(running: Running, http: httpx.AsyncClient) -> None:
    mine = await upload(http, sheet(*SHEET))

    async def status(old: str, new: str, by: httpx.AsyncClient = http) -> int:
        return (await by.get("/api/compare", params={"old": old, "new": new})).status_code

    assert await status(f"{mine}.1", f"{mine}.1") == 200
    assert await status(f"{mine}.1", f"{mine}.2") == 404
    assert await status("0" * 32 + ".1", f"{mine}.1") == 404
    assert await status(mine, f"{mine}.1") == 400
    assert await status(f"{mine}.x", f"{mine}.1") == 400
    async with running.as_owner("bob") as bob:
        theirs = await upload(bob, sheet((30, 200, "BOB")))
        assert await status(f"{theirs}.1", f"{mine}.1", bob) == 404
        assert await status(f"{mine}.1", f"{theirs}.1", bob) == 404
        assert await status(f"{theirs}.1", f"{theirs}.1", bob) == 200
