"""Downloads a checkpoint from the Hugging Face hub into its cache.

Large files resume where they stopped, even after a restart of the program (the hub's own client
would start over), and enter the cache only with the right sha256. Every function blocks: call it
in a thread.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from backend.errors import BadModel
from backend.model.selection.download_meter import (
    REPORT_SECONDS,
    Cancelled,
    Meter,
    MeteredFile,
    Report,
    gigabytes,
)
from backend.model.selection.hub_repository import Listing, RemoteFile, hub_error

log = logging.getLogger(__name__)

#: Free space to keep on the disk.
RESERVE_BYTES = 1024**3
#: Downloads of a file whose checksum is wrong.
ATTEMPTS = 2


def check_room(listing: Listing) -> None:
    """Raises `BadModel` if the disk has no space for the missing bytes."""
    place = listing.cache
    while not place.exists():
        place = place.parent
    missing, free = listing.size - listing.cached_bytes(), shutil.disk_usage(place).free
    if missing and missing + RESERVE_BYTES > free:
        raise BadModel(
            f"{listing.repository} needs {gigabytes(missing)} more on the disk of the Hugging Face "
            f"cache, which has {gigabytes(free)} free. Free some space, or choose another disk "
            "with HF_HOME or DRAWING_CHAT_DOWNLOAD_DIR."
        )


def download(listing: Listing, report: Report, cancelled: Event | None = None) -> Path:
    """Download the missing files; returns the checkpoint's folder.

    Raises `BadModel` if the download fails, and `Cancelled`; downloaded bytes are kept.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()  # our own report covers all files together
    check_room(listing)
    meter = Meter(listing.size, listing.cached_bytes(), report, cancelled or Event())
    folder = None
    try:
        for file in sorted(listing.files, key=lambda one: one.size):
            if file.sha256 is not None:
                _download_large(listing, file, meter)
            path = hf_hub_download(
                listing.repository, file.name, revision=listing.revision, cache_dir=listing.cache
            )
            meter.check()
            folder = Path(path).parent if file.name == "config.json" else folder
    except (Cancelled, BadModel):
        raise
    except Exception as error:
        raise hub_error(listing.repository, listing.revision, error) from error
    if folder is None:
        raise BadModel(f"{listing.repository} has no config.json, so it is not a checkpoint.")
    meter.report(last=True)
    _remember_revision(listing)
    return folder


def _download_large(listing: Listing, file: RemoteFile, meter: Meter) -> None:
    """Download a file with a checksum into the cache, once if several programs need it."""
    blob, part = listing.blob(file), listing.part(file)
    if blob is None or part is None or blob.exists():
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    with _locked(listing, file, meter):
        if not blob.exists():
            _download_file(listing, file, blob, part, meter)


@contextmanager
def _locked(listing: Listing, file: RemoteFile, meter: Meter) -> Iterator[None]:
    """Let no other program download this file while the body runs.

    Takes the same lock as the hub's own client.
    """
    from filelock import Timeout
    from huggingface_hub.utils._fixes import WeakFileLock

    lock = listing.cache / ".locks" / listing.folder.name / f"{file.sha256}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        waited = False
        while True:
            try:
                held.enter_context(WeakFileLock(lock, timeout=REPORT_SECONDS))
                break
            except Timeout:
                if not waited:
                    log.warning("Another program is downloading %s; waiting for it", file.name)
                waited = True
                meter.check()
                meter.set(listing.cached_bytes())
        if waited:
            meter.set(listing.cached_bytes())
        yield


def _download_file(
    listing: Listing, file: RemoteFile, blob: Path, part: Path, meter: Meter
) -> None:
    """Download one file from where it stopped, and check its sha256."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import get_hf_file_metadata, http_get
    from huggingface_hub.utils._headers import build_hf_headers

    for _ in range(ATTEMPTS):
        with part.open("ab") as stream:
            begun = stream.tell()
            if begun < file.size:
                url = hf_hub_url(listing.repository, file.name, revision=listing.revision)
                place = get_hf_file_metadata(url).location
                # The token is for the hub only; the URL of the file store is signed.
                headers = (
                    build_hf_headers() if place.startswith(url.partition("/resolve/")[0]) else {}
                )
                sink: Any = MeteredFile(stream, meter)
                http_get(place, sink, resume_size=begun, headers=headers, expected_size=file.size)
        if _sha256(part, meter) == file.sha256:
            part.rename(blob)
            return
        log.warning("%s has a wrong checksum", file.name)
        meter.add(-part.stat().st_size)
        part.unlink()
    raise BadModel(
        f"{file.name} of {listing.repository} had a wrong checksum {ATTEMPTS} times. Try again "
        "later, or with another mirror (HF_ENDPOINT)."
    )


def _sha256(path: Path, meter: Meter) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
            meter.check()
    return digest.hexdigest()


def _remember_revision(listing: Listing) -> None:
    """Record the commit of the branch or tag, as the hub's client does.

    Without it the checkpoint could not be found offline.
    """
    if listing.requested == listing.revision:
        return
    file = listing.folder / "refs" / listing.requested
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    new.write_text(listing.revision, encoding="utf-8")
    new.replace(file)
