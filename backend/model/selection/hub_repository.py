"""Lists a checkpoint's files on the Hugging Face hub, and finds cached checkpoints.

`HF_HOME`, `HF_ENDPOINT` (a mirror), `HF_TOKEN` and `HF_HUB_OFFLINE` are read by the hub's client.
Every function blocks: call it in a thread.
"""

from __future__ import annotations

import errno
import fnmatch
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from backend.errors import BadModel, UnknownModel
from backend.model.selection.model_names import nearest

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when the client is imported

log = logging.getLogger(__name__)

#: Files that the engine reads. A repository may hold the same weights in other formats too.
WANTED = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
_PART_SUFFIX = ".drawing-chat-part"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of the repository; only large files have a `sha256`."""

    name: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one revision. `revision` is a commit, `requested` the branch or tag by which it
    was requested, `cache` the hub's cache folder."""

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]
    licence: str
    cache: Path
    requested: str = "main"

    @property
    def size(self) -> int:
        """Bytes of the whole checkpoint."""
        return sum(file.size for file in self.files)

    @property
    def folder(self) -> Path:
        """The repository's folder in the cache."""
        return self.cache / ("models--" + self.repository.replace("/", "--"))

    def cached_bytes(self) -> int:
        """Bytes already on this disk, including partial files."""
        found = 0
        for file in self.files:
            for path in (self.blob(file), self.part(file), self._snapshot(file)):
                if path is not None and path.exists():
                    found += min(file.size, path.stat().st_size)
                    break
        return found

    def blob(self, file: RemoteFile) -> Path | None:
        """The path of a large file in the cache; None for a small one."""
        return self.folder / "blobs" / file.sha256 if file.sha256 else None

    def part(self, file: RemoteFile) -> Path | None:
        """The path of a large file while it is downloaded; None for a small one."""
        name = f"{file.sha256}{_PART_SUFFIX}"
        return self.folder / "blobs" / name if file.sha256 else None

    def _snapshot(self, file: RemoteFile) -> Path:
        return self.folder / "snapshots" / self.revision / file.name


def cached_folder(
    repository: str, revision: str | None = None, cache: Path | None = None
) -> Path | None:
    """The folder of a completely cached checkpoint, else None. Does not contact the hub."""
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(
            repository, "config.json", cache_dir=cache, revision=revision
        )
    except ValueError:  # not a repository name
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


def list_files(repository: str, revision: str | None = None, cache: Path | None = None) -> Listing:
    """Ask the hub for a checkpoint's files.

    Raises `BadModel`, whose message says what to do, if they cannot be downloaded.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError

    api = HfApi()
    try:
        info = api.model_info(repository, revision=revision, files_metadata=True)
        if info.gated:
            api.auth_check(repository)
    except GatedRepoError:
        raise _gated_error(repository) from None
    except Exception as error:
        raise hub_error(repository, revision, error) from error
    files = [
        RemoteFile(one.rfilename, int(one.size or 0), one.lfs.sha256 if one.lfs else None)
        for one in info.siblings or ()
        if any(fnmatch.fnmatch(one.rfilename, pattern) for pattern in WANTED)
        and "/" not in one.rfilename
    ]
    if not any(file.name.endswith(".safetensors") for file in files):
        raise BadModel(f"{repository} has no safetensors weights, which the engine needs.")
    card = info.card_data
    licence = getattr(card, "license", None)
    if licence in (None, "other"):  # a licence of its own, such as qwen-research
        licence = getattr(card, "license_name", None) or licence or "not stated"
    folder = Path(cache or constants.HF_HUB_CACHE)
    return Listing(
        repository, str(info.sha), tuple(files), str(licence), folder, revision or "main"
    )


def _gated_error(repository: str) -> BadModel:
    return BadModel(
        f"{repository} is gated: accept its terms on its page on the hub, create an access token "
        "there, and set HF_TOKEN to it."
    )


def hub_error(repository: str, revision: str | None, error: Exception) -> BadModel:
    """Map an exception of the hub's client to ours."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return _gated_error(repository)
    if isinstance(error, errors.RevisionNotFoundError):
        return BadModel(f"{repository} has no revision {revision}. Check DRAWING_CHAT_REVISION.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return UnknownModel(
            f"The hub has no repository {repository}, or it is private (then set HF_TOKEN). "
            f"Closest names: {', '.join(nearest(repository))}."
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return BadModel(
            f"{repository} is not cached, and HF_HUB_OFFLINE forbids downloading it. Unset it, or "
            "give a folder instead."
        )
    if isinstance(error, errors.HFValidationError):
        return UnknownModel(f"{repository} is not a repository name; write it as owner/name.")
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BadModel(
            f"{repository} cannot be written to the Hugging Face cache ({error.strerror}). Choose "
            "a writable folder with HF_HOME or DRAWING_CHAT_DOWNLOAD_DIR."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BadModel(
            "The disk of the Hugging Face cache is full. Free some space; the download then "
            "resumes where it stopped."
        )
    log.info("The download of %s failed: %r", repository, error)
    return BadModel(
        f"The download of {repository} failed ({type(error).__name__}). Check the network, or set "
        "HF_ENDPOINT to a mirror; the next try resumes where this one stopped."
    )
