"""Which conversations there are."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.settings import Settings

__all__ = ["Thread", "find_thread", "list_threads", "read_thread"]

_LATEST = (
    "SELECT thread_id FROM checkpoints WHERE checkpoint_ns = '' "
    "GROUP BY thread_id ORDER BY max(checkpoint_id) DESC LIMIT ?"
)


@dataclass(frozen=True)
class Thread:
    """One conversation, as it can be resumed."""

    id: str
    persona_id: str
    persona: str
    """What finds the persona: its id, or the path of its card."""
    user_name: str
    greeting: int
    at: datetime
    last_reply: str
    begun: bool
    """Whether anything was said in it, or is left of what was said."""
    user_persona: str = ""
    """Id of who the user is in it."""
    lorebooks: tuple[str, ...] = ()
    story_time: float | None = None


async def find_thread(thread: str, *, settings: Settings) -> Thread | None:
    """The conversation called `thread`, if there is one.

    Raises:
        SettingsError: the conversations can't be opened.
    """
    async with open_threads(settings.threads) as saver:
        return await read_thread(saver, thread)


async def list_threads(*, settings: Settings, limit: int) -> list[Thread]:
    """The latest conversations in which something was said.

    Raises:
        SettingsError: the conversations can't be opened.
    """
    async with open_threads(settings.threads) as saver:
        return [thread async for thread in _latest(saver, limit) if thread.begun]


async def _latest(saver: AsyncSqliteSaver, limit: int) -> AsyncIterator[Thread]:
    # Savers can only list every checkpoint of every thread, which takes seconds after some long conversations.
    async with saver.conn.execute(_LATEST, (limit,)) as rows:
        for (name,) in await rows.fetchall():
            if thread := await read_thread(saver, name):
                yield thread


async def read_thread(saver: AsyncSqliteSaver, thread: str) -> Thread | None:
    """The conversation called `thread` in an open file, if there is one."""
    found = await saver.aget_tuple({"configurable": {"thread_id": thread}})
    return _thread(thread, found) if found else None


def _thread(name: str, found: CheckpointTuple) -> Thread:
    facts, values = dict(found.metadata), found.checkpoint["channel_values"]
    persona = (values.get("persona") or {}).get("id", "")
    return Thread(
        id=name,
        persona_id=persona,
        persona=str(facts.get("persona_ref") or persona),
        user_name=str(facts.get("user_name") or ""),
        greeting=int(str(facts.get("greeting") or 1)),
        at=datetime.fromisoformat(found.checkpoint["ts"]),
        last_reply=values.get("reply") or "",
        begun="reply_id" in values,
        user_persona=str(facts.get("user_persona") or ""),
        lorebooks=tuple(str(facts.get("lorebooks") or "").splitlines()),
        story_time=float(str(story_time)) if (story_time := facts.get("story_time")) is not None else None,
    )
