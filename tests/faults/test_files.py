"""Rows 26 to 40: files that are damaged, too large, lie, or want something, uploaded for real."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ezdxf
import httpx
import pytest
from PIL import Image

from backend.drawings.formats.warnings import PARTLY_DAMAGED
from tests.drawing_samples import encoded, pdf, png, png_claiming, sheet
from tests.drawings import vector_samples
from tests.fake_server import FakeServerProcess
from tests.faults.conftest import lives
from tests.faults.raw import connect, wait_for
from tests.parts.drawings.test_library import _encrypted_pdf, _looping_tiff
from tests.server_process import HANG_SECONDS

MIB = 1024 * 1024


def post(server: FakeServerProcess, name: str, data: bytes) -> httpx.Response:
    return httpx.post(
        f"{server.url}/api/drawings", files={"file": (name, data)}, timeout=HANG_SECONDS
    )


def kept(server: FakeServerProcess) -> set[Path]:
    """Uploaded content, whole or in the making."""
    folders = (server.data_folder / name for name in ("spool", "blobs"))
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def many_frames(count: int) -> bytes:
    """A TIFF of so many tiny bilevel pages, which share their one byte of pixels."""
    tags = [(256, 1), (257, 1), (258, 1), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1)]
    size = 2 + 12 * len(tags) + 4
    pages = []
    for number in range(count):
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        following = 10 + size * (number + 1) if number + 1 < count else 0
        pages.append(struct.pack("<H", len(tags)) + entries + struct.pack("<I", following))
    return b"II*\0" + struct.pack("<I", 10) + b"\0\0" + b"".join(pages)


def svg_bomb() -> bytes:
    """Ten levels, each drawn ten times by the next."""
    levels = "".join(
        f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><defs>'
        f'<g id="g0"><circle r="5"/></g>{levels}</defs><use href="#g11"/></svg>'
    ).encode()


def entities() -> bytes:
    """A billion laughs."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">{levels}]>'
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>&l9;</text></svg>'
    ).encode()


def too_many_attributes() -> bytes:
    """An element with more attributes than librsvg reads."""
    many = " ".join(f"a{number}=''" for number in range(100_000))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g {many}/></svg>'.encode()


def half(data: bytes) -> bytes:
    """A copy that broke off."""
    return data[: len(data) // 2]


ZIP_WITH_PDF = b"PK\x03\x04" + bytes(26) + pdf()

BAD: list[tuple[str, Callable[[], bytes], int, str]] = [
    ("26-truncated", lambda: png()[:-300], 422, "damaged_file"),
    ("26-half-tiff", lambda: half(encoded(sheet(), "TIFF")), 422, "damaged_file"),
    (
        "26-half-rgb-tiff",
        lambda: half(encoded(sheet().convert("RGB"), "TIFF")),
        422,
        "damaged_file",
    ),
    ("26-half-jpeg", lambda: half(encoded(sheet(), "JPEG")), 422, "damaged_file"),
    ("26-half-webp", lambda: half(encoded(sheet(), "WEBP")), 422, "damaged_file"),
    ("26-half-bmp", lambda: half(encoded(sheet(), "BMP")), 422, "damaged_file"),
    ("26-unknown", lambda: b"just some words", 415, "unsupported_format"),
    ("27-60000x60000", lambda: png_claiming(60_000, 60_000), 413, "too_many_pixels"),
    ("28-1x1", lambda: encoded(Image.new("L", (1, 1)), "PNG"), 422, "bad_proportions"),
    ("28-1x20000", lambda: encoded(Image.new("L", (1, 20_000)), "PNG"), 422, "bad_proportions"),
    ("29-loop", _looping_tiff, 422, "damaged_file"),
    ("29-frames", lambda: many_frames(10_001), 413, "too_many_pages"),
    ("30-pages", lambda: pdf(pages=10_001), 413, "too_many_pages"),
    ("32-encrypted", _encrypted_pdf, 422, "encrypted_file"),
    ("32-damaged", lambda: b"%PDF-1.7\n" + bytes(1000), 422, "damaged_file"),
    ("34-nested", vector_samples.nested_blocks, 422, "too_complex"),
    ("34-itself", vector_samples.block_in_itself, 422, "damaged_file"),
    ("36-entities", entities, 415, "unsupported_format"),
    ("36-uses", svg_bomb, 422, "too_complex"),
    ("36-attributes", too_many_attributes, 422, "damaged_file"),
    ("37-zip", lambda: ZIP_WITH_PDF, 415, "unsupported_format"),
    ("37-program", lambda: b"MZ" + bytes(500), 415, "unsupported_format"),
    ("37-comments", lambda: b"<!---->" * 500, 415, "unsupported_format"),
    ("37-escapes", lambda: b"\x1b." * 2000, 415, "unsupported_format"),
    ("37-spaces", lambda: (b"PU" + b" " * 1300) * 3, 415, "unsupported_format"),
    ("37-page", lambda: b"<!doctype html><script>1</script>", 415, "unsupported_format"),
]


@pytest.mark.fault(26, 27, 28, 29, 30, 32, 34, 36, 37)
@pytest.mark.parametrize(("what", "make", "status", "code"), BAD, ids=[each[0] for each in BAD])
def test_bad_files_are_refused_by_name(
    server: FakeServerProcess, what: str, make: Callable[[], bytes], status: int, code: str
) -> None:
    before = kept(server)
    answer = post(server, "sheet.png", make())
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), (what, error)
    assert str(server.data_folder) not in error["message"] and "Traceback" not in answer.text
    assert kept(server) == before
    lives(server)


@pytest.mark.fault(31)
def test_a_huge_page_is_drawn_smaller_and_says_so(server: FakeServerProcess) -> None:
    answer = post(server, "huge.pdf", pdf(box=(0, 0, 14_000_000, 14_000_000)))
    assert answer.status_code == 201
    assert "dpi instead of 300" in answer.json()["warnings"][0]
    lives(server)


# What a file would like to open


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port of this machine that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


class Watch:
    """Whether a file has been opened, by inotify."""

    def __init__(self, file: Path) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self.handle = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert library.inotify_add_watch(self.handle, os.fsencode(file), 0x20) >= 0  # IN_OPEN

    def was_opened(self) -> bool:
        try:
            return bool(os.read(self.handle, 4096))
        except BlockingIOError:
            return False


def hostile_pdf(address: str, secret: Path) -> bytes:
    script = f"<</S/JavaScript/JS(app.launchURL\\('{address}'\\))>>".encode()
    launch = f"<</S/Launch/F({secret})>>".encode()
    link = f"<</S/URI/URI({address})>>".encode()
    file = f"<</Type/XObject/Subtype/Image/F<</FS/URL/F({address})>>/Width 9/Height 9>>".encode()
    data = pdf("/Im0 Do", extra_page="/AA<</O 11 0 R/C 12 0 R>>", objects=(file, launch, link))
    start = data.index(b"/Type/Catalog")
    return data[:start] + b"/OpenAction " + script + data[start:]


def hostile_svg(address: str, secret: Path) -> bytes:
    inside = (
        f'<image href="file://{secret}" width="210" height="297"/>'
        f'<image href="{address}/a.png" width="10" height="10"/><use href="{address}/x.svg#a"/>'
        f"<style>@import url({address}/a.css); text {{ fill: url({address}/b#c) }}</style>"
        f'<script href="{address}/a.js"/>'
    )
    return vector_samples.SVG.replace("</svg>", inside + "</svg>").encode()


def hostile_dxf(address: str, secret: Path) -> bytes:
    return vector_samples.outside_references(str(secret))


def distant_dxf(address: str, secret: Path) -> bytes:
    return vector_samples.outside_references(f"{address}/other.dxf")


@pytest.mark.fault(33, 35, 36)
@pytest.mark.parametrize(
    "make",
    [hostile_pdf, hostile_dxf, distant_dxf, hostile_svg],
    ids=["33-pdf", "35-dxf", "35-distant", "36-svg"],
)
def test_nothing_else_is_opened_and_nobody_called(
    server: FakeServerProcess,
    listener: socket.socket,
    tmp_path: Path,
    make: Callable[[str, Path], bytes],
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(100, 100, (255, 0, 0)))
    watch = Watch(secret)
    host, port = listener.getsockname()
    answer = post(server, "hostile", make(f"http://{host}:{port}", secret))
    assert answer.status_code == 201, answer.text
    drawing = answer.json()["id"]
    picture = server.get(f"/iiif/{drawing}.1/full/400,/0/default.png")
    assert picture.status_code == 200
    server.get(f"/api/drawings/{drawing}/pages/1/text")
    assert not watch.was_opened()
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert secret.read_bytes() and watch.was_opened()  # it would have been seen
    lives(server)


# Names, doubles, halves


@pytest.mark.fault(38)
def test_a_name_is_a_label_and_never_a_path(server: FakeServerProcess) -> None:
    names = (
        "../../evil-1.png",
        "/tmp/evil-2.png",  # noqa: S108
        "C:\\evil-3.png",
        "evil-4" + "x" * 5000 + ".png",
        "evil-5\u202egnp.exe",
        "..",
    )
    for number, name in enumerate(names):
        answer = post(server, name, png(300 + number, 200))
        assert answer.status_code == 201, (name, answer.text)
        label = answer.json()["name"]
        assert not set(label) & set("/\\\u202e\0\r\n") and 1 <= len(label) <= 255, label
        original = server.get(f"/api/drawings/{answer.json()['id']}/original")
        assert original.headers["content-disposition"].startswith("attachment")
    around = server.data_folder.parent
    assert not [path for path in around.rglob("*") if "evil" in path.name]
    assert not list(Path("/tmp").glob("evil-*"))  # noqa: S108
    lives(server)


def odd_layout_name() -> bytes:
    document = ezdxf.new("R2010")
    document.layouts.new("ODD").add_line((0, 0), (50, 50))
    return vector_samples.dxf_bytes(document).replace(b"ODD", b"\xff\xfe \x80")


def odd_page_label() -> bytes:
    """Half of a surrogate pair."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R"
        b"/PageLabels<</Nums[0<</P<FEFFD80000410042>>>]>>>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )


@pytest.mark.fault(26)
def test_a_jpeg_that_is_damaged_in_its_middle_says_so(server: FakeServerProcess) -> None:
    """It can be shown, but what stands there may be wrong."""
    whole = encoded(sheet(1700, 1200), "JPEG")
    middle = len(whole) // 2
    answers = [post(server, "scan.jpg", data).json() for data in (
        whole, whole[:middle] + bytes(200) + whole[middle + 200 :],
    )]  # fmt: skip
    assert [answer["warnings"] for answer in answers] == [[], [PARTLY_DAMAGED]]
    coded = {"code": "partly_damaged", "values": {}}
    assert [answer["warning_codes"] for answer in answers] == [[], [coded]]
    lives(server)


@pytest.mark.fault(38)
@pytest.mark.parametrize("make", [odd_layout_name, odd_page_label], ids=["dxf", "pdf"])
def test_a_damaged_name_inside_a_file_costs_nobody_the_sheet(
    server: FakeServerProcess, make: Callable[[], bytes]
) -> None:
    answer = post(server, "odd", make())
    assert answer.status_code == 201, answer.text
    drawing = answer.json()["id"]
    assert server.get(f"/iiif/{drawing}.1/full/400,/0/default.png").status_code == 200
    assert server.get("/api/drawings").status_code == 200
    lives(server)


@pytest.mark.fault(39)
def test_the_same_file_fifty_times_at_once_is_one(server: FakeServerProcess) -> None:
    """What is beyond an owner's uploads at once is told to come again."""
    before, data = kept(server), png(777, 333)
    with ThreadPoolExecutor(50) as many:
        answers = list(many.map(lambda _: post(server, "same.png", data), range(50)))
    seen = [answer.status_code for answer in answers]
    assert set(seen) <= {200, 201, 429} and seen.count(201) == 1, seen
    assert len({answer.json()["id"] for answer in answers if answer.status_code != 429}) == 1
    assert len(kept(server) - before) == 1
    lives(server)


@pytest.mark.fault(40)
def test_an_upload_cut_in_half_leaves_nothing(server: FakeServerProcess) -> None:
    before = kept(server)
    head = (
        f"POST /api/drawings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {4 * MIB}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: "
        'form-data; name="file"; filename="x.png"\r\n\r\n'
    )
    with contextlib.closing(connect(server)) as client:
        client.sendall(head.encode() + png() + bytes(2 * MIB))
        wait_for(lambda: kept(server) != before)  # it is being written
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_for(lambda: kept(server) == before)
    wait_for(lambda: 'drawing_chat_calls_open{kind="upload"} 0.0' in server.get("/metrics").text)
    lives(server)
