"""Parses the multipart body of an upload as it arrives, and derives a label from the file name.

Never holds more than one chunk in memory.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from backend.errors import BadRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

#: The form field that holds the file.
FIELD = b"file"
MAX_LABEL = 200
#: Limit for one header of a part, in bytes: long names are shortened, not refused.
MAX_HEADER_BYTES = 16 * 1024
_EXTENDED = re.compile(rb"""[; ]filename\*=utf-8'[^']*'([^;\s"]+)""", re.IGNORECASE)
_HOW = "Send the file as multipart/form-data in a field named `file`."


@dataclass(slots=True)
class _Parsed:
    """The parser's state: the current part, and the data found in the current chunk."""

    header_name: bytes = b""
    header_value: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    in_file: bool = False
    file_name: str | None = None
    file_done: bool = False
    data: list[bytes] = field(default_factory=list)


async def receive_file(
    headers: Mapping[str, str],
    body: AsyncIterable[bytes],
    write: Callable[[bytes], Awaitable[None]],
) -> str:
    """Pass the bytes of the field `file` to `write`; returns the label for its name.

    Raises `BadRequest` if the body is not such a form or ends early, and any error of `write`.
    """
    kind, options = parse_options_header(headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BadRequest(_HOW)
    seen = _Parsed()
    try:
        parser = MultipartParser(boundary, _callbacks(seen), max_header_size=MAX_HEADER_BYTES)
        async for chunk in body:
            parser.write(chunk)
            for piece in seen.data:
                await write(piece)
            seen.data.clear()
        parser.finalize()
    except FormParserError as error:
        raise BadRequest(f"The upload is not a valid form. {_HOW}") from error
    if not seen.file_done:
        raise BadRequest("The upload was interrupted or contains no file. " + _HOW)
    return clean_label(seen.file_name or "")


def _callbacks(seen: _Parsed) -> MultipartCallbacks:
    def on_part_begin() -> None:
        seen.headers = {}
        seen.in_file = False

    def on_header_field(data: bytes, start: int, end: int) -> None:
        seen.header_name += data[start:end]

    def on_header_value(data: bytes, start: int, end: int) -> None:
        seen.header_value += data[start:end]

    def on_header_end() -> None:
        seen.headers[seen.header_name.lower()] = seen.header_value
        seen.header_name = seen.header_value = b""

    def on_headers_finished() -> None:
        disposition = seen.headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        # The first part with that name is the file; others are skipped.
        seen.in_file = options.get(b"name") == FIELD and seen.file_name is None
        if seen.in_file:
            seen.file_name = _file_name(disposition, options.get(b"filename", b""))

    def on_part_data(data: bytes, start: int, end: int) -> None:
        if seen.in_file:
            seen.data.append(data[start:end])

    def on_part_end() -> None:
        seen.file_done = seen.file_done or seen.in_file
        seen.in_file = False

    return {
        "on_part_begin": on_part_begin,
        "on_header_field": on_header_field,
        "on_header_value": on_header_value,
        "on_header_end": on_header_end,
        "on_headers_finished": on_headers_finished,
        "on_part_data": on_part_data,
        "on_part_end": on_part_end,
    }


def _file_name(disposition: bytes, plain: bytes) -> str:
    """Use `filename*` if present, as .NET sends for non-ASCII names; otherwise `filename`, in UTF-8
    or in the older Windows encoding."""
    if extended := _EXTENDED.search(disposition):
        return unquote(extended[1].decode("ascii", "replace"))
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace")


def clean_label(name: str) -> str:
    """A file name as a display label: its last part, without control and direction characters.

    It is never used as a path.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    label = " ".join(kept.split()).strip(". ")
    if len(label) > MAX_LABEL:
        stem, dot, ending = label.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 8 else ""
        label = (stem if ending else label)[: MAX_LABEL - len(ending) - 1] + "…" + ending
    return label or "drawing"
