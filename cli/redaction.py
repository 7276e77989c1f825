"""Take text out of the conversations that the command line keeps, so that no byte of it is left in their file.

A conversation is deleted whole, or rewritten: its messages as they stand now, with a stand-in for each message that
is forgotten, go into a new first checkpoint, and every older one is deleted. Older ones can't be cut: each keeps what
its step added, and later ones rest on it. So what was swiped, taken back or recalled in a rewritten conversation is
gone as well, and `/undo` reaches back to that point at most. A stand-in, because a conversation in which turns are
missing would count and alternate wrongly.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langgraph_roleplay.cli.alone import alone_in
from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.cli.threads import Thread, read_thread
from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank, branch_keys
from langgraph_roleplay.memory.keeping.looking import move_keys
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings
from langgraph_roleplay.turn import OWN

__all__ = ["Affected", "Redaction", "find_affected", "redact"]

_STAND_IN = "[forgotten]"
_KEPT = ("persona", "reply_id")
_ROWS = (
    "SELECT thread_id, checkpoint FROM checkpoints UNION ALL SELECT thread_id, metadata FROM checkpoints "
    "UNION ALL SELECT thread_id, value FROM writes"
)


class Redaction(NamedTuple):
    """What is to be taken out of one user's conversations."""

    user: str
    whole: Callable[[Thread], bool]
    """Whether a conversation is deleted whole."""
    message_ids: Collection[str]
    traces: "re.Pattern[bytes] | None"
    """What gives away, in the raw bytes of a conversation, that it holds something of what is forgotten."""


class Affected(NamedTuple):
    """Which conversations are deleted and rewritten."""

    deleted: list[str]
    rewritten: list[str]


async def find_affected(redaction: Redaction, *, settings: Settings) -> Affected:
    """Which conversations hold anything of what is to be taken out.

    Raises:
        SettingsError: the conversations can't be opened.
    """
    if not settings.threads.exists():
        return Affected([], [])
    async with open_threads(settings.threads) as saver:
        traced = await _traced(saver, redaction.traces)
        threads = await _threads_of(saver, redaction.user)
    deleted = [thread.id for thread in threads if redaction.whole(thread)]
    return Affected(deleted, [thread.id for thread in threads if thread.id in traced and thread.id not in deleted])


async def redact(
    affected: Affected,
    redaction: Redaction,
    *,
    bank: MemoryBank,
    settings: Settings,
    tell: Callable[[str], object],
) -> str:
    """Delete and rewrite conversations, then bring their file to a form in which nothing deleted is left.

    Args:
        affected: which ones.
        redaction: what is taken out.
        bank: keeps the memories of rewritten conversations; those get their new places.
        settings: where the conversations are.
        tell: told if another window is in the middle of a turn, which is waited for.

    Returns:
        What may be left in the file, in a sentence; empty if nothing is.

    Raises:
        SettingsError: the conversations can't be opened or locked.
    """
    if not any(affected):
        return ""
    async with open_threads(settings.threads) as saver:
        await saver.conn.execute("PRAGMA secure_delete=ON")
        for thread in affected.deleted:
            async with alone_in(thread, folder=settings.home / "locks", tell=tell):
                await saver.adelete_thread(thread)
        for thread in affected.rewritten:
            async with alone_in(thread, folder=settings.home / "locks", tell=tell):
                await _rewrite(saver, thread, redaction, bank=bank, settings=settings)
        return await _wipe(saver)


async def _threads_of(saver: AsyncSqliteSaver, user: str) -> list[Thread]:
    async with saver.conn.execute("SELECT DISTINCT thread_id FROM checkpoints ORDER BY thread_id") as rows:
        names = [name for (name,) in await rows.fetchall()]
    threads = [await read_thread(saver, name) for name in names]
    # A conversation that was begun before it was noted with whom is the default user's.
    return [thread for thread in threads if thread and (thread.user_name or Context().user_name) == user]


async def _traced(saver: AsyncSqliteSaver, traces: "re.Pattern[bytes] | None") -> set[str]:
    """The conversations in whose checkpoints a trace is: recalled memories are noted in other conversations too."""
    found: set[str] = set()
    if traces is None:
        return found
    async with saver.conn.execute(_ROWS) as rows:
        async for name, blob in rows:
            if name not in found and traces.search(blob.encode() if isinstance(blob, str) else blob or b""):
                found.add(name)
    return found


async def _rewrite(
    saver: AsyncSqliteSaver, thread: str, redaction: Redaction, *, bank: MemoryBank, settings: Settings
) -> None:
    """Put the conversation as it stands into one new checkpoint, in the place of all it had."""
    graph = build_turn(Resources(settings=settings, memory=bank)).compile(checkpointer=saver)
    snapshot = await graph.aget_state({"configurable": {"thread_id": thread}})
    values, moves = _redacted(dict(snapshot.values), redaction.message_ids)
    await move_keys(bank.home, user=redaction.user, thread=thread, moves=moves)
    aside = f"{thread}\N{SYMBOL FOR DELETE}"  # no id of a conversation that anybody typed
    await saver.adelete_thread(aside)
    facts = {key: value for key, value in (snapshot.metadata or {}).items() if isinstance(value, str | int)}
    kept = {key: value for key, value in facts.items() if key not in ("source", "step")} | {"thread_id": thread}
    await graph.aupdate_state(
        {"configurable": {"thread_id": aside}, "metadata": kept}, values, as_node="remember" if values else None
    )
    await _replace(saver, thread, by=aside)


async def _replace(saver: AsyncSqliteSaver, thread: str, *, by: str) -> None:
    """One transaction: a process that is killed in the middle leaves the one or the other."""
    async with saver.lock:
        for table in ("checkpoints", "writes"):
            await saver.conn.execute(f"DELETE FROM {table} WHERE thread_id = ?", (thread,))
            await saver.conn.execute(f"UPDATE {table} SET thread_id = ? WHERE thread_id = ?", (thread, by))
        await saver.conn.commit()


def _redacted(values: dict[str, Any], message_ids: Collection[str]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """What stays of a state, and the new places of its messages.

    Notes on the last turn (what was recalled, decided, planned) may quote what is forgotten, so they go.
    """
    messages: list[AnyMessage] = values.get("messages") or []
    standing = [_stand_in(message) if message.id in message_ids else message for message in messages]
    known = values.get("branch") or ()
    old, new = branch_keys(messages, known=known), branch_keys(standing, known=known)
    kept = {channel: values[channel] for channel in _KEPT if channel in values}
    if "reply" in values:
        kept["reply"] = _STAND_IN if values.get("reply_id") in message_ids else values["reply"]
    moves = {before: after for before, after in zip(old, new, strict=False) if before != after}
    return kept | {"messages": standing, "branch": list(new)}, moves


def _stand_in(message: AnyMessage) -> AnyMessage:
    own = {OWN: True} if message.additional_kwargs.get(OWN) else {}
    kind = AIMessage if message.type == "ai" else HumanMessage
    return kind(content=_STAND_IN, id=message.id, additional_kwargs=own)


async def _wipe(saver: AsyncSqliteSaver) -> str:
    """Rewrite the file without what was deleted, and empty its write-ahead log."""
    # Rows that were replaced long before this left their bytes in the pages, which secure_delete came too late for.
    await saver.conn.execute("VACUUM")
    async with saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)") as rows:
        found = await rows.fetchone()
    if found and found[0]:
        return (
            "Another process has the conversations open: their log is emptied when it has closed them and any "
            "conversation is opened again."
        )
    return ""
