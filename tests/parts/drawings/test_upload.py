"""Multipart bodies in pieces of any size, and labels made from hostile file names."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.drawings.upload import MAX_LABEL, clean_label, receive_file
from backend.errors import BadRequest

pytestmark = pytest.mark.anyio

HEADERS = {"content-type": "multipart/form-data; boundary=XX"}


def _body(name: bytes, data: bytes, field: bytes = b"file") -> bytes:
    disposition = b'form-data; name="' + field + b'"; filename="' + name + b'"'
    return (
        b"--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
        b"--XX\r\nContent-Disposition: " + disposition + b"\r\nContent-Type: image/png\r\n\r\n"
        + data + b"\r\n--XX--\r\n"
    )  # fmt: skip


async def _receive(body: bytes, piece: int, headers: dict[str, str] = HEADERS) -> tuple[str, bytes]:
    got = bytearray()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    async def write(data: bytes) -> None:
        got.extend(data)

    return await receive_file(headers, pieces(), write), bytes(got)


@pytest.mark.parametrize("piece", [1, 7, 100_000])
async def test_the_file_arrives_whole_whatever_the_pieces(piece: int) -> None:
    data = bytes(range(256)) * 3 + b"\r\n--X"
    assert await _receive(_body("Welle Ø20.pdf".encode(), data), piece) == ("Welle Ø20.pdf", data)


@pytest.mark.parametrize(
    "body",
    [b"", b"not a form", _body(b"a.png", b"data")[:-20], _body(b"a.png", b"data", b"picture")],
)
async def test_no_form_no_file_or_cut_off(body: bytes) -> None:
    with pytest.raises(BadRequest):
        await _receive(body, 50)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"filename*=UTF-8''Welle%20%C3%9820.pdf", "Welle Ø20.pdf"),
        (
            b"filename=\"=?utf-8?B?V2VsbGU=?=\"; filename*=utf-8''Welle%20%C3%9820.pdf",
            "Welle Ø20.pdf",
        ),
        ('filename="Gehäuse.pdf"'.encode("cp1252"), "Gehäuse.pdf"),
        ('filename="하우징 Ø20.pdf"'.encode(), "하우징 Ø20.pdf"),
        (b"filename=plain.pdf", "plain.pdf"),
    ],
)
async def test_names_as_clients_write_them(written: bytes, name: str) -> None:
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="file"; ' + written
        + b"\r\n\r\ndata\r\n--XX--\r\n"
    )  # fmt: skip
    assert await _receive(body, 1000) == (name, b"data")


async def test_another_content_type() -> None:
    with pytest.raises(BadRequest, match="multipart"):
        await _receive(b"{}", 10, {"content-type": "application/json"})


async def test_a_boundary_of_thousands_of_letters() -> None:
    with pytest.raises(BadRequest, match="valid form"):
        await _receive(b"", 10, {"content-type": "multipart/form-data; boundary=" + "x" * 5000})


@pytest.mark.fault(38)
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"),
        ("/absolute/sheet.pdf", "sheet.pdf"),
        ("C:\\plans\\sheet.dxf", "sheet.dxf"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\x00b\r\nc.png", "abc.png"),
        ("..", "drawing"),
        ("", "drawing"),
        ("  two   spaces .tif", "two spaces .tif"),
        ("\ud800.png", "png"),
    ],
)
def test_names_are_labels_only(name: str, label: str) -> None:
    assert clean_label(name) == label


@pytest.mark.fault(38)
def test_long_names_keep_their_ending() -> None:
    label = clean_label("x" * 5000 + ".tiff")
    assert len(label) == MAX_LABEL
    assert label.endswith("….tiff")
