"""Conversations in the database: owner in every query, paging, search, branches, copies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.errors import NotFound
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database
from backend.storage.messages import MessageRow
from backend.storage.turn_rows import Ending, Question, TurnEvents, TurnRow
from backend.storage.turns import TurnStore
from tests.chat_parts import open_database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "test.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> ConversationStore:
    return ConversationStore(database)


async def exchange(database: Database, question: str, answer: str, **more: str | None) -> TurnRow:
    turns = TurnStore(database)
    row = await turns.accept(Question("local", question, title=question, **more))  # type: ignore[arg-type]
    await turns.save([TurnEvents(row, 1, [], Ending("complete", answer))])
    return row


async def test_the_newest_comes_first_in_pages(store: ConversationStore) -> None:
    rows = [await store.create("local", str(number)) for number in range(5)]
    await store.create("other", "theirs")
    first = await store.newest("local", limit=2)
    second = await store.newest("local", limit=2, before=first[-1].id)
    third = await store.newest("local", limit=2, before=second[-1].id)
    assert [row.id for row in first + second + third] == [row.id for row in reversed(rows)]
    with pytest.raises(NotFound):
        await store.newest("other", before=rows[0].id)


async def test_search_looks_at_titles_and_texts(
    store: ConversationStore, database: Database
) -> None:
    await exchange(database, "Largest bore?", "Ø38 H12 in section A-A")
    await exchange(database, "Material?", "100% steel_A")
    assert [row.title for row in await store.newest("local", query="largest")] == ["Largest bore?"]
    assert [row.title for row in await store.newest("local", query="Ø38")] == ["Largest bore?"]
    assert [row.title for row in await store.newest("local", query="100%")] == ["Material?"]
    assert [row.title for row in await store.newest("local", query="l_A")] == ["Material?"]
    for query in ("1_0", "%", "\\"):
        found = await store.newest("local", query=query)
        assert [row.title for row in found] == (["Material?"] if query == "%" else [])
    assert await store.newest("other", query="bore") == []


async def test_messages_come_in_pages_oldest_first(
    store: ConversationStore, database: Database
) -> None:
    first = await exchange(database, "1?", "1.")
    for number in (2, 3):
        await exchange(database, f"{number}?", f"{number}.", conversation_id=first.conversation_id)
    whole = await store.messages("local", first.conversation_id)
    assert [row.text for row in whole] == ["1?", "1.", "2?", "2.", "3?", "3."]
    assert [row.parent_id for row in whole] == [None, *(row.id for row in whole[:-1])]
    newest = await store.messages("local", first.conversation_id, limit=4)
    assert newest == whole[2:]
    older = await store.messages("local", first.conversation_id, limit=4, before=newest[0].id)
    assert older == whole[:2]
    with pytest.raises(NotFound):
        await store.messages("other", first.conversation_id)


async def test_a_streaming_answer_shows_what_is_stored_so_far(
    store: ConversationStore, database: Database
) -> None:
    turns = TurnStore(database)
    row = await turns.accept(Question("local", "Bore?"))
    frames = [
        {"type": "reasoning", "seq": 1, "text": "hm"},
        {"type": "delta", "seq": 2, "text": "Ø"},
        {"type": "delta", "seq": 3, "text": "38"},
    ]
    await turns.save([TurnEvents(row, 1, [json.dumps(frame) for frame in frames])])
    answer = (await store.messages("local", row.conversation_id))[-1]
    assert (answer.text, answer.status, answer.last_seq) == ("Ø38", "streaming", 3)


async def test_a_path_is_one_branch(store: ConversationStore, database: Database) -> None:
    first = await exchange(database, "1?", "1.")
    conversation = first.conversation_id
    await exchange(database, "2?", "2.", conversation_id=conversation)
    branch = await exchange(
        database, "2b?", "2b.", conversation_id=conversation, parent_id=first.answer_id
    )
    texts = [row.text for row in await store.path("local", branch.question_id)]
    assert texts == ["1?", "1.", "2b?"]
    with pytest.raises(NotFound):
        await store.path("other", branch.question_id)


@pytest.mark.fault(42)
async def test_rename_and_delete_are_the_owners(
    store: ConversationStore, database: Database
) -> None:
    row = await exchange(database, "1?", "1.")
    for call in (
        store.get("other", row.conversation_id),
        store.rename("other", row.conversation_id, "x"),
        store.delete("other", row.conversation_id),
    ):
        with pytest.raises(NotFound):
            await call
    assert (await store.rename("local", row.conversation_id, "New")).title == "New"
    await store.delete("local", row.conversation_id)
    with pytest.raises(NotFound):
        await store.get("local", row.conversation_id)
    with pytest.raises(NotFound):
        await TurnStore(database).find("local", row.id)


async def test_drawings_are_listed_once_in_the_order_of_first_use(
    store: ConversationStore, database: Database
) -> None:
    turns = TurnStore(database)
    row = await turns.accept(Question("local", "1?", drawings=[{"id": "b"}, {"id": "a"}]))
    await turns.accept(
        Question("local", "2?", row.conversation_id, drawings=[{"id": "a"}, {"id": "c"}])
    )
    assert await store.drawings("local", row.conversation_id) == ["b", "a", "c"]
    assert await store.drawings("other", row.conversation_id) == []


async def test_a_copy_keeps_the_branches_under_new_ids(store: ConversationStore) -> None:
    rows = [
        MessageRow("q", None, "user", "1?", "complete", created_at=1),
        MessageRow("a", "q", "assistant", "1.", "stopped", created_at=2),
        MessageRow("b", "q", "assistant", "1b.", "complete", created_at=3),
    ]
    copy = await store.insert("local", "Copied", rows)
    question, one, two = await store.messages("local", copy.id)
    assert {question.id, one.id, two.id}.isdisjoint({"q", "a", "b"})
    assert (one.parent_id, two.parent_id) == (question.id, question.id)
    assert [row.status for row in (question, one, two)] == ["complete", "stopped", "complete"]
