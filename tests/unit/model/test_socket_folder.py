"""The folder for an engine's sockets: private, empty at each start, removed afterwards."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from backend.model.vllm.socket_folder import VARIABLE, SocketFolder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_folder_is_private_empty_and_removed(tmp_path: Path, temporary: Path) -> None:
    sockets = SocketFolder(tmp_path / "data")
    with sockets.in_environment():
        (sockets.path / "left-by-a-killed-server").touch()
    with sockets.in_environment():
        assert os.environ[VARIABLE] == str(sockets.path)
        assert list(sockets.path.iterdir()) == []
        assert sockets.path.stat().st_mode & 0o777 == 0o700
    assert VARIABLE not in os.environ  # of a child that is started later
    sockets.remove()
    sockets.remove()
    assert list(temporary.iterdir()) == []


def test_a_folder_set_by_the_user_is_kept(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with SocketFolder(tmp_path / "data").in_environment():
        assert os.environ[VARIABLE] == str(tmp_path)
    assert os.environ[VARIABLE] == str(tmp_path)
    assert list(temporary.iterdir()) == []


def test_each_data_folder_has_its_own_folder(tmp_path: Path) -> None:
    one, other = SocketFolder(tmp_path / "one"), SocketFolder(tmp_path / "other")
    assert one.path != other.path
    assert SocketFolder(tmp_path / "x" / ".." / "one").path == one.path


def test_a_path_for_a_socket_fits() -> None:
    folder = SocketFolder(Path("/" + "deep/" * 50)).path.name
    assert len(os.fsencode(Path("/tmp") / folder)) + 1 + 36 <= 107  # noqa: S108


def test_an_existing_file_at_the_path_is_an_error(tmp_path: Path, temporary: Path) -> None:
    sockets = SocketFolder(tmp_path / "data")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    sockets.path.symlink_to(elsewhere)
    with pytest.raises(FileExistsError), sockets.in_environment():
        pass
    assert (elsewhere / "file").exists()
