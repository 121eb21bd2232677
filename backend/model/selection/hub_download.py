"""Brings a checkpoint from the Hugging Face hub into its cache, and finds what is there already.

Before the first byte: is it there, may it be had, is there room. While it comes: bytes, speed and
time left. A large file that broke off goes on where it was, also after a restart of the program
(the hub's own client would begin it again), and enters the cache only when its sha256 is right.
`HF_HOME`, `HF_ENDPOINT` (a mirror), `HF_TOKEN` and `HF_HUB_OFFLINE` are the client's and hold.
Everything here blocks: it is run in a thread. Knows no engine and no GPU.
"""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import json
import logging
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO, Any

from backend.errors import BadModel, UnknownModel
from backend.model.selection.catalog import nearest
from backend.model.service import Progress

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when the client is imported

log = logging.getLogger(__name__)

#: What the engine reads; a repository may hold the same weights in other formats too.
WANTED = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
#: Room that stays free on the disk.
RESERVE_BYTES = 1024**3
#: A file with a wrong checksum is fetched once more.
TRIES = 2
#: Seconds over which the speed is measured, and between two reports.
SPEED_SECONDS = 15.0
REPORT_SECONDS = 0.5
_PART_SUFFIX = ".drawing-chat-part"

Report = Callable[[Progress], None]


class Cancelled(Exception):
    """The download was told to end; what has come is kept."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of the repository; `sha256` only of the large ones."""

    name: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is to fetch. `revision` is a commit; `cache` the hub's cache folder; `asked` the
    revision by the name that was given: a branch, a tag."""

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]
    licence: str
    cache: Path
    asked: str = "main"

    @property
    def size(self) -> int:
        """Bytes of the whole checkpoint."""
        return sum(file.size for file in self.files)

    @property
    def folder(self) -> Path:
        """The repository's folder in the cache."""
        return self.cache / ("models--" + self.repository.replace("/", "--"))

    def here(self) -> int:
        """Bytes of it that are on this disk already, broken-off files included."""
        found = 0
        for file in self.files:
            for path in (self.blob(file), self.part(file), self._snapshot(file)):
                if path is not None and path.exists():
                    found += min(file.size, path.stat().st_size)
                    break
        return found

    def blob(self, file: RemoteFile) -> Path | None:
        """Where the cache keeps a large file."""
        return self.folder / "blobs" / file.sha256 if file.sha256 else None

    def part(self, file: RemoteFile) -> Path | None:
        """Where a large file grows."""
        name = f"{file.sha256}{_PART_SUFFIX}"
        return self.folder / "blobs" / name if file.sha256 else None

    def _snapshot(self, file: RemoteFile) -> Path:
        return self.folder / "snapshots" / self.revision / file.name


def cached_folder(
    repository: str, revision: str | None = None, cache: Path | None = None
) -> Path | None:
    """The folder of a checkpoint that is all here; None if it is not. Asks nobody."""
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(
            repository, "config.json", cache_dir=cache, revision=revision
        )
    except ValueError:  # no name of a repository
        return None
    if not isinstance(found, str):
        return None
    folder = Path(found).parent
    try:
        index = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))
        wanted = {str(name) for name in index["weight_map"].values()}
    except FileNotFoundError:
        wanted = {"model.safetensors"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return folder if all((folder / name).is_file() for name in wanted) else None


def look_up(repository: str, revision: str | None = None, cache: Path | None = None) -> Listing:
    """Ask the hub what there is. Raises `BadModel` where it cannot be had, saying what to do."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError

    api = HfApi()
    try:
        info = api.model_info(repository, revision=revision, files_metadata=True)
        if info.gated:
            api.auth_check(repository)
    except GatedRepoError:
        raise _gated(repository) from None
    except Exception as error:
        raise _refusal(repository, revision, error) from error
    files = [
        RemoteFile(one.rfilename, int(one.size or 0), one.lfs.sha256 if one.lfs else None)
        for one in info.siblings or ()
        if any(fnmatch.fnmatch(one.rfilename, pattern) for pattern in WANTED)
        and "/" not in one.rfilename
    ]
    if not any(file.name.endswith(".safetensors") for file in files):
        raise BadModel(f"{repository} has no weights in safetensors, which the engine needs.")
    card = info.card_data
    licence = getattr(card, "license", None)
    if licence in (None, "other"):  # then it has a name of its own, such as qwen-research
        licence = getattr(card, "license_name", None) or licence or "not named"
    folder = Path(cache or constants.HF_HUB_CACHE)
    return Listing(
        repository, str(info.sha), tuple(files), str(licence), folder, revision or "main"
    )


def check_room(listing: Listing) -> None:
    """Raises `BadModel` where the disk has no room for what is missing."""
    place = listing.cache
    while not place.exists():
        place = place.parent
    missing, free = listing.size - listing.here(), shutil.disk_usage(place).free
    if missing and missing + RESERVE_BYTES > free:
        raise BadModel(
            f"{listing.repository} needs {gigabytes(missing)} more on the disk of the Hugging Face "
            f"cache, and {gigabytes(free)} are free. Make room, or choose another disk with "
            "HF_HOME or DRAWING_CHAT_DOWNLOAD_DIR."
        )


def fetch(listing: Listing, report: Report, cancelled: Event | None = None) -> Path:
    """Bring what is missing; the checkpoint's folder.

    Raises `BadModel` where it breaks off, with what has come kept for the next time, and
    `Cancelled`.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()  # ours tells of all files together
    check_room(listing)
    meter = Meter(listing.size, listing.here(), report, cancelled or Event())
    folder = None
    try:
        for file in sorted(listing.files, key=lambda one: one.size):
            if file.sha256 is not None:
                _fetch_large(listing, file, meter)
            path = hf_hub_download(
                listing.repository, file.name, revision=listing.revision, cache_dir=listing.cache
            )
            meter.check()
            folder = Path(path).parent if file.name == "config.json" else folder
    except (Cancelled, BadModel):
        raise
    except Exception as error:
        raise _refusal(listing.repository, listing.revision, error) from error
    if folder is None:
        raise BadModel(f"{listing.repository} has no config.json: it is no checkpoint.")
    meter.tell(last=True)
    _name_revision(listing)
    return folder


def _fetch_large(listing: Listing, file: RemoteFile, meter: Meter) -> None:
    """One file with a checksum into the cache's blobs; another program may be at it already."""
    blob, part = listing.blob(file), listing.part(file)
    if blob is None or part is None or blob.exists():
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    with _alone(listing, file, meter):
        if not blob.exists():
            _fetch_alone(listing, file, blob, part, meter)


@contextmanager
def _alone(listing: Listing, file: RemoteFile, meter: Meter) -> Iterator[None]:
    """While the body runs nobody else fetches this file: a server and the command line, say.

    The lock is the one that the hub's own client takes.
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
                    log.warning("Another program fetches %s: waiting for it", file.name)
                waited = True
                meter.check()
                meter.at(listing.here())
        if waited:
            meter.at(listing.here())
        yield


def _fetch_alone(listing: Listing, file: RemoteFile, blob: Path, part: Path, meter: Meter) -> None:
    """From where it broke off."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import get_hf_file_metadata, http_get
    from huggingface_hub.utils._headers import build_hf_headers

    for _ in range(TRIES):
        with part.open("ab") as stream:
            begun = stream.tell()
            if begun < file.size:
                url = hf_hub_url(listing.repository, file.name, revision=listing.revision)
                place = get_hf_file_metadata(url).location
                # A token is for the hub alone; the store that it points to has its own signature.
                headers = (
                    build_hf_headers() if place.startswith(url.partition("/resolve/")[0]) else {}
                )
                sink: Any = _Metered(stream, meter)
                http_get(place, sink, resume_size=begun, headers=headers, expected_size=file.size)
        if _sha256(part, meter) == file.sha256:
            part.rename(blob)
            return
        log.warning("%s came with a wrong checksum", file.name)
        meter.add(-part.stat().st_size)
        part.unlink()
    raise BadModel(
        f"{file.name} of {listing.repository} came {TRIES} times with a wrong checksum. Try again "
        "later, or another mirror (HF_ENDPOINT)."
    )


class Meter:
    """Counts bytes and reports them with the time that is left, a few times a second."""

    def __init__(self, total: int, done: int, report: Report, cancelled: Event) -> None:
        self._total, self._done = total, done
        self._report, self._cancelled = report, cancelled
        self._marks: deque[tuple[float, int]] = deque([(time.monotonic(), done)])
        self.tell()

    def add(self, count: int) -> None:
        """That many bytes more, or fewer where a file is begun again."""
        self._done += count
        self.check()
        if time.monotonic() - self._marks[-1][0] >= REPORT_SECONDS:
            self.tell()

    def at(self, done: int) -> None:
        """Where it stands by what is on the disk: somebody else fetches."""
        self.add(done - self._done)

    def check(self) -> None:
        """Raises `Cancelled` once that was asked for."""
        if self._cancelled.is_set():
            raise Cancelled

    def tell(self, *, last: bool = False) -> None:
        """Report now."""
        self._marks.append((time.monotonic(), self._done))
        while self._marks[-1][0] - self._marks[0][0] > SPEED_SECONDS and len(self._marks) > 2:
            self._marks.popleft()
        if last:
            self._done = self._total
        left = None
        if self._done >= self._total:
            left = 0.0
        elif (speed := self.speed()) > 0:
            left = round((self._total - self._done) / speed, 1)
        self._report(Progress("downloading", self._done, self._total, "bytes", left))

    def speed(self) -> float:
        """Bytes a second over the last seconds."""
        (begin, first), (end, last) = self._marks[0], self._marks[-1]
        return max(0.0, (last - first) / (end - begin)) if end > begin else 0.0


class _Metered:
    """A file that tells what is written to it; the hub's client needs no more of one."""

    def __init__(self, stream: IO[bytes], meter: Meter) -> None:
        self._stream, self._meter = stream, meter

    def write(self, data: bytes) -> int:
        written = self._stream.write(data)
        self._meter.add(written)
        return written

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, place: int) -> int:
        return self._stream.seek(place)

    def truncate(self) -> int:
        before = os.fstat(self._stream.fileno()).st_size
        size = self._stream.truncate()
        self._meter.add(size - before)
        return size


def _sha256(path: Path, meter: Meter) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
            meter.check()
    return digest.hexdigest()


def _name_revision(listing: Listing) -> None:
    """Let the branch or tag mean what was fetched, as the hub's client does.

    Else it would not be found without the hub.
    """
    if listing.asked == listing.revision:
        return
    file = listing.folder / "refs" / listing.asked
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    new.write_text(listing.revision, encoding="utf-8")
    new.replace(file)


def _gated(repository: str) -> BadModel:
    return BadModel(
        f"{repository} is gated: accept its terms on its page on the hub, make an access token "
        "there, and set HF_TOKEN to it."
    )


def _refusal(repository: str, revision: str | None, error: Exception) -> BadModel:
    """The client's exception in words."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return _gated(repository)
    if isinstance(error, errors.RevisionNotFoundError):
        return BadModel(f"{repository} has no revision {revision}. Check DRAWING_CHAT_REVISION.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return UnknownModel(
            f"The hub has no repository {repository}, or keeps it private (then set HF_TOKEN). "
            f"Nearest names: {', '.join(nearest(repository))}."
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return BadModel(
            f"{repository} is not on this disk, and HF_HUB_OFFLINE forbids fetching it. Unset it, "
            "or name a folder."
        )
    if isinstance(error, errors.HFValidationError):
        return UnknownModel(f"{repository} is no name of a repository; it is written owner/name.")
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BadModel(
            f"{repository} cannot be written to the Hugging Face cache ({error.strerror}). Choose "
            "a folder that is yours with HF_HOME or DRAWING_CHAT_DOWNLOAD_DIR."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BadModel(
            "The disk of the Hugging Face cache is full. Make room; the download then goes on "
            "where it was."
        )
    log.info("The download of %s broke off: %r", repository, error)
    return BadModel(
        f"The download of {repository} broke off ({type(error).__name__}). Check the network, or "
        "set HF_ENDPOINT to a mirror; the download goes on where it was."
    )


def gigabytes(size: float) -> str:
    """Bytes for people, in the hub's own units."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
