"""The database: migrations agree with the tables; writes are bounded, durable and atomic."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from backend import main
from backend.errors import StorageBusy, StorageDamaged, StorageFull, StorageUnusable
from backend.storage.database import READERS, Database, check_before_start
from backend.storage.migrate import migrate
from backend.storage.tables import conversations, messages, metadata
from tests.chat_parts import empty_database, open_database
from tests.server_process import HANG_SECONDS, PROJECT_ROOT

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "test.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Database]:
    """One that is busy after a tenth of a second."""
    (tmp_path / "test.sqlite3").write_bytes(empty_database())
    opened = await Database.open(tmp_path / "test.sqlite3", busy_s=0.1)
    yield opened
    await opened.close()


async def count(database: Database) -> int:
    found = await database.read(
        lambda sql: sql.scalar(select(func.count()).select_from(conversations))
    )
    return found or 0


def add(sql: Connection, title: str = "") -> None:
    """Insert a conversation."""
    sql.execute(insert(conversations), {"owner": "local", "title": title})


def test_migrations_and_tables_agree(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    migrate(path)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


async def test_rows_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "test.sqlite3"
    first = await Database.open(path)
    await first.write(add, durable=True)
    await first.close()
    second = await Database.open(path)
    assert await count(second) == 1
    await second.close()
    assert [file.name for file in path.parent.iterdir() if "before" in file.name] == []


async def test_pragmas_of_writer_and_readers(database: Database) -> None:
    def pragmas(*names: str) -> Callable[[Connection], list[object]]:
        return lambda sql: [sql.scalar(text(f"PRAGMA {name}")) for name in names]

    writer = pragmas("synchronous", "journal_mode", "foreign_keys")
    assert await database.write(writer, durable=True) == [2, "wal", 1]
    assert await database.write(writer) == [1, "wal", 1]
    assert await database.read(pragmas("query_only", "wal_autocheckpoint")) == [1, 0]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await database.read(add)
    assert await count(database) == 0


async def test_an_exception_rolls_back_and_frees_the_connection(database: Database) -> None:
    def fail(sql: Connection) -> None:
        add(sql)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert await count(database) == 0
    await database.write(add)
    assert await count(database) == 1


async def test_a_transaction_is_one_visit_of_one_thread(database: Database) -> None:
    def thread(sql: Connection) -> str:
        add(sql)
        assert sql.in_transaction()
        return threading.current_thread().name

    names = {await database.write(thread) for _ in range(3)}
    assert len(names) == 1
    assert names.pop().startswith("database-writer")


async def test_a_cancelled_transaction_is_completed(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(sql: Connection) -> None:
        add(sql)
        begun.set()
        assert go_on.wait(HANG_SECONDS)

    task = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    next_one = asyncio.create_task(database.write(add))
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    await next_one
    assert task.cancelled()
    assert await count(database) == 2


async def test_writes_wait_their_turn(database: Database) -> None:
    def one(sql: Connection) -> None:
        add(sql, str(sql.scalar(select(func.count()).select_from(conversations))))

    await asyncio.gather(*(database.write(one) for _ in range(20)))
    titles = await database.read(lambda sql: set(sql.scalars(select(conversations.c.title))))
    assert titles == {str(number) for number in range(20)}


@pytest.mark.parametrize("kind", ["write", "read"])
async def test_a_transaction_that_takes_too_long_makes_others_busy(
    impatient: Database, kind: str
) -> None:
    go_on = threading.Event()
    run = impatient.write if kind == "write" else impatient.read

    def hold(_: Connection) -> None:
        assert go_on.wait(HANG_SECONDS)

    holders = [asyncio.create_task(run(hold)) for _ in range(1 if kind == "write" else READERS)]
    await asyncio.sleep(0)  # each has its connection
    with pytest.raises(StorageBusy):
        await run(hold)
    go_on.set()
    await asyncio.gather(*holders)
    await impatient.write(add)
    assert await count(impatient) == 1


@pytest.mark.fault(10)
async def test_a_lock_from_outside_is_a_bounded_wait_off_the_loop(
    impatient: Database,
) -> None:
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(impatient.write(add))
        assert await count(impatient) == 0  # the loop and the readers continue
        with pytest.raises(StorageBusy):
            await waiting
        other.execute("ROLLBACK")
        await impatient.write(add)
    assert await count(impatient) == 1


@pytest.mark.fault(9)
async def test_a_full_disk_is_a_typed_error_and_the_database_stays_sound(
    database: Database,
) -> None:
    def freeze_size(sql: Connection) -> None:
        pages = sql.scalar(text("PRAGMA page_count"))
        sql.execute(text(f"PRAGMA max_page_count={pages}"))

    def free_size(sql: Connection) -> None:
        sql.execute(text("PRAGMA max_page_count=100000"))
        add(sql)

    await database.write(freeze_size)
    with pytest.raises(StorageFull):
        await database.write(lambda sql: add(sql, "x" * 200_000))
    await database.write(free_size)
    check = text("PRAGMA integrity_check")
    assert await database.read(lambda sql: sql.scalar(check)) == "ok"
    assert await count(database) == 1


async def test_foreign_keys_hold_and_a_long_chat_can_be_deleted(database: Database) -> None:
    def message(number: int, conversation: str = "c") -> dict[str, Any]:
        return {
            "id": str(number),
            "conversation_id": conversation,
            "parent_id": str(number - 1) if number else None,
            "role": "user",
            "status": "complete",
        }

    with pytest.raises(IntegrityError):
        await database.write(lambda sql: sql.execute(insert(messages), message(0, "nobody")))

    def fill(sql: Connection) -> None:
        sql.execute(insert(conversations), {"id": "c", "owner": "local"})
        sql.execute(insert(messages), [message(number) for number in range(1500)])

    await database.write(fill)
    await database.write(lambda sql: sql.execute(delete(conversations)))
    left = select(func.count()).select_from(messages)
    assert await database.read(lambda sql: sql.scalar(left)) == 0


async def test_a_second_server_on_the_same_folder_is_refused(database: Database) -> None:
    with pytest.raises(StorageUnusable, match="Another"):
        await Database.open(database.path)


@pytest.mark.fault(11)
async def test_a_folder_that_cannot_be_written_is_refused() -> None:
    # The kernel refuses new files there, to root as well.
    with pytest.raises(StorageUnusable, match="cannot be written"):
        await Database.open(Path("/proc/drawing-chat/test.sqlite3"))


@pytest.mark.parametrize("harm", ["header", "pages"])
async def test_a_damaged_database_is_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "test.sqlite3"
    migrate(path)
    content = bytearray(path.read_bytes())
    start = 0 if harm == "header" else 4096
    content[start : start + 8192] = b"\x5a" * 8192
    path.write_bytes(content)
    with pytest.raises(StorageUnusable, match="damaged"):
        await Database.open(path)
    path.unlink()
    await (await Database.open(path)).close()  # the lock was given back


async def test_damage_that_shows_later_is_told_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "test.sqlite3"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        asked = "SELECT rootpage FROM sqlite_master WHERE name = 'conversations'"
        (root,) = connection.execute(asked).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x5a" * size)
    monkeypatch.setattr("backend.storage.migrate._CHECK_BYTES", 0)  # as a very large one
    database = await Database.open(path)
    with pytest.raises(StorageDamaged, match="data restore"):
        await database.read(lambda sql: sql.execute(select(conversations)).all())
    await database.close()


async def test_a_newer_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num='9999'")
        connection.commit()
    with pytest.raises(StorageUnusable, match="newer version"):
        await Database.open(path)


async def test_an_upgrade_keeps_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "test.sqlite3"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO conversations VALUES ('c', 'local', 'old', 1, 1)")
        connection.commit()
    versions = PROJECT_ROOT / "backend" / "storage" / "migrations"
    newer = tmp_path / "migrations"
    (newer / "versions").mkdir(parents=True)
    (newer / "env.py").write_text((versions / "env.py").read_text())
    for revision in (versions / "versions").glob("*.py"):
        (newer / "versions" / revision.name).write_text(revision.read_text())
    head = max(file.name for file in (versions / "versions").glob("*.py"))[:4]
    next_version = [
        "from alembic import op",
        f"revision, down_revision = '9000', '{head}'",
        "def upgrade():",
        "    op.execute('UPDATE conversations SET title = 2')",
    ]
    (newer / "versions" / "9000.py").write_text("\n".join(next_version))
    monkeypatch.setattr("backend.storage.migrate._SCRIPTS", newer)
    migrate(path)
    copy = tmp_path / f"test.before-{head}-upgrade.sqlite3"
    for file, title in ((path, "2"), (copy, "old")):
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT title FROM conversations").fetchone() == (title,)


async def test_the_check_before_the_start_lets_the_file_go(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    await asyncio.to_thread(check_before_start, path)
    database = await Database.open(path)
    assert await count(database) == 0
    await database.close()


@pytest.mark.fault(11)
def test_the_server_does_not_start_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_DATA_FOLDER", "/proc/drawing-chat")
    monkeypatch.setattr("backend.logs.configure", lambda _: None)  # it would outlive this test
    assert main.main() == 1
    told = capsys.readouterr().err
    assert told.startswith("The data folder cannot be written")
    assert told.count("\n") == 1
