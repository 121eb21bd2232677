"""Detects file types from content, never from the name.

Unsupported files are recognised too, so that the error can suggest what to upload instead. Decodes
nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from backend.errors import DamagedFile, UnsupportedFormat

#: Bytes read from the start of a file.
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FileKind:
    """A supported format. `vector` pages are rendered at any scale; a `converted` format is turned
    into a PDF once, because reading it takes seconds."""

    format: str
    media_type: str
    vector: bool
    converted: bool = False


KINDS = {
    kind.format: kind
    for kind in (
        FileKind("png", "image/png", False),
        FileKind("jpeg", "image/jpeg", False),
        FileKind("webp", "image/webp", False),
        FileKind("tiff", "image/tiff", False),
        FileKind("bmp", "image/bmp", False),
        FileKind("pdf", "application/pdf", True),
        FileKind("svg", "image/svg+xml", True),
        FileKind("dxf", "image/vnd.dxf", True, converted=True),
        FileKind("hpgl", "application/vnd.hp-hpgl", True, converted=True),
        FileKind("dwg", "image/vnd.dwg", True, converted=True),
    )
}

_SUPPORTED = "PDF, DXF, SVG, HPGL/2, PNG, JPEG, WebP, TIFF or BMP"
_CAD = "is a 3D model, not a drawing. Export its drawing sheet as PDF or DXF and upload that."
_OFFICE = "is an office document. Save it as PDF and upload that."
_ARCHIVE = "is an archive. Unpack it and upload the drawings one by one."
_IMAGE = "is an unsupported image format. Save it as PNG, JPEG or TIFF."
_CAMERA = (
    "is an unsupported phone photo format. Save it as JPEG (on an iPhone: Settings, "
    "Camera, Formats, Most Compatible) and upload that."
)
_DWG = (
    "is a DWG file. Save it as DXF or PDF in your CAD program and upload that. (With the ODA File "
    "Converter installed on the server, DWG files can be uploaded directly.)"
)

_PROGRAM = "is a program, not a drawing."

#: Reasons for refusing a file, as stable codes; the page has a text for each (`refusal.…`).
REASONS = {
    "cad_model": _CAD,
    "office_document": _OFFICE,
    "archive": _ARCHIVE,
    "image_format": _IMAGE,
    "phone_photo": _CAMERA,
    "dwg": _DWG,
    "program": _PROGRAM,
}

#: Signature at the start of the file, its name, and the advice.
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"AC10", "This", _DWG),
    (b"AC1.", "This", _DWG),
    (b"AC2.", "This", _DWG),
    (b"ISO-10303-21", "This STEP file", _CAD),
    (b"solid ", "This STL file", _CAD),
    (b"glTF", "This glTF file", _CAD),
    (b"Version ", "This JT file", _CAD),
    (b"**ABCDEFGHIJKLMNOPQRSTUVWXYZ", "This Parasolid file", _CAD),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This file", "is an office or CAD document of an old "
     "kind. Save it as PDF or DXF and upload that."),
    (b"{\\rtf", "This RTF file", _OFFICE),
    (b"Rar!", "This RAR file", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", "This 7z file", _ARCHIVE),
    (b"\x1f\x8b", "This gzip file", _ARCHIVE),
    (b"BZh", "This bzip2 file", _ARCHIVE),
    (b"\xfd7zXZ", "This xz file", _ARCHIVE),
    (b"GIF8", "GIF", _IMAGE),
    (b"8BPS", "This Photoshop file", _IMAGE),
    (b"AT&TFORM", "DjVu", _IMAGE),
    (b"\xff\x4f\xff\x51", "JPEG 2000", _IMAGE),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000", _IMAGE),
    (b"\xff\x0a", "JPEG XL", _IMAGE),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL", _IMAGE),
    (b"\x01\x00\x00\x00", "An EMF image", _IMAGE),
    (b"\xd7\xcd\xc6\x9a", "A WMF image", _IMAGE),
    (b"%!PS", "This PostScript file", "is not supported. Convert it to PDF and upload that."),
    (b"MZ", "This file", _PROGRAM),
    (b"\x7fELF", "This file", _PROGRAM),
)  # fmt: skip

_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
# These run in the server's event loop, so each reads its text only once: possessive matching (`*+`,
# `(?>`) never backtracks, or a hostile file header could take for ever.
_DXF_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*+999\r?\n[^\r\n]*+\r?\n)*+\s*+0[^\S\n]*+\n\s*+SECTION[^\S\n]*+\n"
)
_SVG_START = re.compile(
    r"(?>\s+|<!--.*?-->|<\?[^>]*\?>|<!DOCTYPE[^>\[]*+(?:\[.*?\])?\s*>)*+<(?:\w+:)?svg[\s>]",
    re.DOTALL,
)
_HPGL_ESCAPE = re.compile(rb"\A(?:\x1b[^;]{0,400}?)?\x1b%-?[0-3]B")
#: Numbers of an instruction and its terminator: a semicolon or white space.
_HPGL_NUMBERS = rb"[-\d., ]*+(?:;|\s|(?<= ))\s*+"
_HPGL_START = re.compile(
    rb"\s*+(?:\x1b\.[^\s:][\d; ]*+:?\s*+)*+(?:BP|IN|DF|PS|SP|IP|SC|PU|PA|RO|VS)"
    + _HPGL_NUMBERS
    + rb"(?:[A-Z]{2}"
    + _HPGL_NUMBERS
    + rb"){3}"
)
_IGES_FIRST_LINE = re.compile(rb"^.{72}S {0,6}0*1\s", re.DOTALL)


def sniff(path: Path, *, reads_dwg: bool = False) -> FileKind:
    """The kind of the file at `path`; DWG only if its converter is installed.

    Raises `UnsupportedFormat` (with advice on what to upload instead), or `DamagedFile` for an
    empty file.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise DamagedFile("The file is empty. Export or copy it again.")
    name = _format_of(head)
    if name is None and reads_dwg and head.startswith(b"AC10"):
        name = "dwg"
    if name is None:
        message = _refusal(head)
        raise UnsupportedFormat(message, reason=_reason(message))
    return KINDS[name]


def _format_of(head: bytes) -> str | None:
    if (raster := _raster_format(head)) is not None:
        return raster
    for name, fits in (("pdf", _is_pdf), ("dxf", _is_dxf), ("svg", _is_svg), ("hpgl", _is_hpgl)):
        if fits(head):
            return name
    return None


def _raster_format(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return None


def _is_pdf(head: bytes) -> bool:
    """Some exporters put a few bytes before the header; these must not be another format's
    signature."""
    at = head[:1024].find(b"%PDF-")
    return at == 0 or (at > 0 and not _known_refused(head) and head[:2] != b"PK")


def _is_dxf(head: bytes) -> bool:
    """Binary DXF has a signature; ASCII DXF begins with a section, after comments (group 999)."""
    return head.startswith(b"AutoCAD Binary DXF") or _DXF_START.match(head) is not None


def _is_svg(head: bytes) -> bool:
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    return _SVG_START.match(text.lstrip("\ufeff")) is not None


def _is_hpgl(head: bytes) -> bool:
    """HPGL/2 mode is entered by an escape; bare HPGL begins with well-known instructions."""
    return _HPGL_ESCAPE.search(head) is not None or _HPGL_START.match(head) is not None


def _known_refused(head: bytes) -> bool:
    return any(head.startswith(magic) for magic, _, _ in _REFUSED)


def _refusal(head: bytes) -> str:
    for magic, name, advice in _REFUSED:
        if head.startswith(magic):
            return f"{name} {advice}"
    if head[4:8] == b"ftyp":
        return f"This file {_CAMERA}"
    if head[:2] == b"PK":
        office = any(part in head for part in (b"[Content_Types].xml", b"mimetype", b"word/"))
        return f"This file {_OFFICE if office else _ARCHIVE}"
    if _IGES_FIRST_LINE.match(head):
        return f"This IGES file {_CAD}"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return f"This is a web page. Upload the drawing itself: {_SUPPORTED}."
    return f"This file type is not supported. Upload a drawing as {_SUPPORTED}."


def _reason(message: str) -> str | None:
    return next((code for code, text in REASONS.items() if message.endswith(text)), None)
