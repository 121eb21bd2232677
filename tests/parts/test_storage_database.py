"""The database: migrations agree with the tables; writes are bounded, durable and atomic."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, delete, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from backend import main
from backend.errors import StorageBusy, StorageDamaged, StorageFull, StorageUnusable
from backend.storage.database import Database, check_before_start
from backend.storage.migrate import migrate
from backend.storage.tables import Base, Conversation, Message
from tests.chat_parts import empty_database, open_database

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
    async with database.read() as session:
        return (await session.scalar(select(func.count()).select_from(Conversation))) or 0


def test_migrations_and_tables_agree(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    migrate(path)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "test.sqlite3"
    first = await Database.open(path)
    async with first.write(durable=True) as session:
        session.add(Conversation(owner="local", title="Bores"))
    await first.close()
    second = await Database.open(path)
    assert await count(second) == 1
    await second.close()
    assert [file.name for file in path.parent.iterdir() if "before" in file.name] == []


async def test_pragmas_of_writer_and_readers(database: Database) -> None:
    async def pragma(name: str, session: object) -> object:
        return (await session.execute(text(f"PRAGMA {name}"))).scalar()  # type: ignore[attr-defined]

    async with database.write(durable=True) as session:
        assert await pragma("synchronous", session) == 2
        assert await pragma("journal_mode", session) == "wal"
        assert await pragma("foreign_keys", session) == 1
    async with database.write() as session:
        assert await pragma("synchronous", session) == 1
    async with database.read() as session:
        assert await pragma("query_only", session) == 1
        assert await pragma("wal_autocheckpoint", session) == 0


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        async with database.read() as session:
            session.add(Conversation(owner="local"))
            await session.flush()


async def test_an_exception_rolls_back_and_frees_the_writer(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as session:
            session.add(Conversation(owner="local"))
            await session.flush()
            raise ZeroDivisionError
    assert await count(database) == 0
    async with database.write() as session:
        session.add(Conversation(owner="local"))
    assert await count(database) == 1


async def test_a_cancelled_write_rolls_back_and_frees_the_writer(database: Database) -> None:
    inside = asyncio.Event()

    async def hold() -> None:
        async with database.write() as session:
            session.add(Conversation(owner="local"))
            await session.flush()
            inside.set()
            await asyncio.Event().wait()

    async def hammer() -> None:
        async with database.write() as session:
            while True:
                session.add(Conversation(owner="local"))
                await session.flush()

    holder, busy = asyncio.create_task(hold()), None
    await inside.wait()
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)
    busy = asyncio.create_task(hammer())
    for _ in range(20):
        await asyncio.sleep(0)
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    async with database.write() as session:
        session.add(Conversation(owner="local"))
    assert await count(database) == 1


async def test_a_function_is_a_transaction_in_one_visit(database: Database) -> None:
    def insert(sql: sqlite3.Connection) -> int:
        assert sql.in_transaction
        sql.execute("INSERT INTO conversations VALUES ('c', 'local', 'x', 1, 1)")
        return sql.execute("PRAGMA synchronous").fetchone()[0]  # type: ignore[no-any-return]

    def fail(sql: sqlite3.Connection) -> None:
        sql.execute("INSERT INTO conversations VALUES ('d', 'local', 'x', 1, 1)")
        raise ZeroDivisionError

    assert await database.run_write(insert, durable=True) == 2
    with pytest.raises(ZeroDivisionError):
        await database.run_write(fail)
    rows = await database.run_read(
        lambda sql: sql.execute("SELECT id FROM conversations").fetchall()
    )
    assert rows == [("c",)]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.run_read(lambda sql: sql.execute("DELETE FROM conversations"))
    async with database.write() as session:  # the connection is as usable as before
        session.add(Conversation(owner="local"))
    assert await count(database) == 2


async def test_a_cancelled_function_runs_to_its_end(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(sql: sqlite3.Connection) -> None:
        sql.execute("INSERT INTO conversations VALUES ('c', 'local', 'x', 1, 1)")
        begun.set()
        go_on.wait(10)

    task = asyncio.create_task(database.run_write(slow))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    next_one = asyncio.create_task(database.run_write(lambda sql: sql.in_transaction))
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    assert await next_one
    assert task.cancelled()
    assert await count(database) == 1


async def test_writes_wait_their_turn(database: Database) -> None:
    async def one(number: int) -> None:
        async with database.write() as session:
            before = await session.scalar(select(func.count()).select_from(Conversation))
            session.add(Conversation(owner="local", title=str(before)))

    await asyncio.gather(*(one(number) for number in range(20)))
    async with database.read() as session:
        titles = set(await session.scalars(select(Conversation.title)))
    assert titles == {str(number) for number in range(20)}


async def test_a_write_that_takes_too_long_makes_others_busy(impatient: Database) -> None:
    async with impatient.write():
        with pytest.raises(StorageBusy):
            async with impatient.write():
                raise AssertionError("two writers at once")
    async with impatient.write() as session:
        session.add(Conversation(owner="local"))


async def test_row_10_a_lock_from_outside_is_a_bounded_wait_off_the_loop(
    impatient: Database,
) -> None:
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with impatient.write() as session:
                session.add(Conversation(owner="local"))

        waiting = asyncio.create_task(write())
        assert await count(impatient) == 0  # the loop and the readers go on meanwhile
        with pytest.raises(StorageBusy):
            await waiting
        other.execute("ROLLBACK")
        await write()
    assert await count(impatient) == 1


async def test_row_9_a_full_disk_is_a_typed_error_and_the_database_stays_sound(
    database: Database,
) -> None:
    async with database.write() as session:
        pages = (await session.execute(text("PRAGMA page_count"))).scalar()
        await session.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(StorageFull):
        async with database.write() as session:
            session.add(Conversation(owner="local", title="x" * 200_000))
    async with database.write() as session:
        await session.execute(text("PRAGMA max_page_count=100000"))
        session.add(Conversation(owner="local"))
    async with database.read() as session:
        assert (await session.execute(text("PRAGMA integrity_check"))).scalar() == "ok"
    assert await count(database) == 1


async def test_foreign_keys_hold_and_a_long_chat_can_be_deleted(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(Message(conversation_id="nobody", role="user", status="complete"))
    async with database.write() as session:
        session.add(Conversation(id="c", owner="local"))
        await session.flush()
        parent = None
        for number in range(1500):
            message = Message(
                id=str(number), conversation_id="c", parent_id=parent, role="user", status="done"
            )
            parent = message.id
            session.add(message)
    async with database.write() as session:
        await session.execute(delete(Conversation).where(Conversation.id == "c"))
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Message)) == 0


async def test_a_second_server_on_the_same_folder_is_refused(database: Database) -> None:
    with pytest.raises(StorageUnusable, match="Another"):
        await Database.open(database.path)


async def test_row_11_a_folder_that_cannot_be_written_is_refused() -> None:
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
        await database.run_read(lambda sql: sql.execute("SELECT * FROM conversations").fetchall())
    with pytest.raises(StorageDamaged):
        async with database.read() as session:
            await session.scalars(select(Conversation))
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
    versions = Path(__file__).parent.parent.parent / "backend" / "storage" / "migrations"
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


def test_row_11_the_server_does_not_start_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_DATA_FOLDER", "/proc/drawing-chat")
    monkeypatch.setattr("backend.logs.configure", lambda _: None)  # it would outlive this test
    assert main.main() == 1
    told = capsys.readouterr().err
    assert told.startswith("The data folder cannot be written")
    assert told.count("\n") == 1
