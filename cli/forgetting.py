"""`roleplay memory forget`: out of recall at once, then out of the bytes: memories, outbox, conversations."""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from langgraph_roleplay.cli.counts import memories
from langgraph_roleplay.cli.echoes import hint_of_echoes
from langgraph_roleplay.cli.listing import shortened
from langgraph_roleplay.cli.memory_bank import OpenMemory, as_uuid, open_memory
from langgraph_roleplay.cli.redaction import Affected, Redaction, find_affected, redact
from langgraph_roleplay.cli.threads import Thread
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.memory import Memory, Selection
from langgraph_roleplay.memory.selecting import with_what_rests_on
from langgraph_roleplay.settings import Settings

__all__ = ["Wish", "forget"]

_TELLING = 12
"""Characters from which on a text is taken for a trace of itself; "Yes." is in every conversation."""
_TRACE = 40
"""Characters of a text that make a trace: notes on what was recalled quote its beginning."""
_CHUNK = 500  # ids in one filter
_SHOWN = 5
_LOOKED_FOR = 100
"""Texts that are looked for in the end."""
_LARGEST = 256 * 2**20
_COPIES = (
    "Out of reach are copies that left this folder: exports and backups, traces already sent (LangSmith), threads of "
    "a LangGraph server, and what a model provider keeps of its requests."
)


@dataclass(frozen=True)
class Wish:
    """What of one user is to be forgotten; without any narrowing, everything."""

    user: str
    ids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    thread: str | None = None
    character: str | None = None
    kind: str | None = None

    @property
    def whole(self) -> bool:
        """Whether whole conversations are meant."""
        return not (self.ids or self.message_ids or self.kind)

    def selection(self) -> Selection:
        """The same for the bank."""
        return Selection(
            user=self.user,
            character=self.character,
            thread=self.thread,
            kind=self.kind,
            message_ids=self.message_ids or None,
            ids=self.ids or None,
        )

    def is_whole(self, thread: Thread) -> bool:
        """Whether all of a conversation is meant."""
        return self.whole and self.thread in (None, thread.id) and self.character in (None, thread.persona_id)


async def forget(wish: Wish, *, settings: Settings, agree: Callable[[str], bool]) -> list[str]:
    """Forget; returns what to tell.

    Args:
        wish: what.
        settings: where.
        agree: asked with what will be gone; False ends it there.

    Raises:
        RoleplayError: an id is none, nothing is there to forget, or a part of it can't be written.
    """
    wish = _checked(wish)
    async with open_memory(settings) as memory:
        doomed, redaction, affected = await _look(memory, wish)
        if not doomed and not any(affected):
            raise RoleplayError(
                f"There is nothing of {wish.user!r} to forget by that; `roleplay memory list` shows what there is."
            )
        if not agree(_plan(doomed, affected)):
            return ["Nothing was forgotten."]
        # Once more: another window may have talked on while the question stood.
        doomed, redaction, affected = await _look(memory, wish)
        remains = await _forget_memories(memory, wish, doomed)
        left = await redact(affected, redaction, bank=memory.bank, settings=settings, tell=_tell)
        named = [each.text for each in doomed if each.id in wish.ids or each.message_id in wish.message_ids]
        echoes = await hint_of_echoes(memory.bank, named, user=wish.user)
    traces = await asyncio.to_thread(_still_in, settings.home, [each.text for each in doomed])
    return [line for line in (*_done(doomed, affected), remains, left, echoes, traces, _COPIES) if line]


def _checked(wish: Wish) -> Wish:
    known = {each: as_uuid(each) for each in wish.ids}
    if wrong := [each for each, meant in known.items() if meant is None]:
        raise RoleplayError(f"{wrong[0]!r} is no id of a memory; `roleplay memory list` shows them.")
    return replace(wish, ids=tuple(meant for meant in known.values() if meant))


async def _look(memory: OpenMemory, wish: Wish) -> tuple[list[Memory], Redaction, Affected]:
    doomed = await _doomed(memory, wish)
    _refuse_several_threads(wish, doomed)
    redaction = _redaction(wish, doomed)
    return doomed, redaction, await find_affected(redaction, settings=memory.settings)


def _refuse_several_threads(wish: Wish, doomed: Sequence[Memory]) -> None:
    """A message that came without an id got one of its place and words, which may stand in several conversations."""
    for known in wish.message_ids:
        threads = sorted({each.thread for each in doomed if each.message_id == known})
        if len(threads) > 1:
            raise RoleplayError(
                f"The message {known!r} is in several conversations ({', '.join(threads)}): add --thread."
            )


async def _doomed(memory: OpenMemory, wish: Wish) -> list[Memory]:
    """What is meant, with all that rests on it."""
    ids = await with_what_rests_on(memory.bank.home, wish.selection())
    found: list[Memory] = []
    for start in range(0, len(ids), _CHUNK):
        chosen = Selection(user=wish.user, ids=tuple(ids[start : start + _CHUNK]))
        found += [each async for each in memory.bank.browse(chosen)]
    return found


def _redaction(wish: Wish, doomed: Sequence[Memory]) -> Redaction:
    said = {each.message_id for each in doomed if each.kind == "turn" and each.message_id}
    message_ids = said | {*wish.message_ids}
    texts = [each.text for each in doomed if len(each.text) >= _TELLING]
    traces = [*message_ids, *(each.id for each in doomed), *(text[:_TRACE] for text in texts)]
    pattern = re.compile(b"|".join(re.escape(trace.encode()) for trace in traces)) if traces else None
    return Redaction(user=wish.user, whole=wish.is_whole, message_ids=message_ids, traces=pattern)


def _plan(doomed: Sequence[Memory], affected: Affected) -> str:
    lines = [f"{memories(len(doomed))} will be gone for good, counting all that rests on what was named."]
    lines += [f"    {each.kind:<10} {shortened(each.text, 80)}" for each in doomed[:_SHOWN]]
    lines += [f"    and {len(doomed) - _SHOWN} more"] if len(doomed) > _SHOWN else []
    lines += [f"The conversation {thread} will be deleted." for thread in affected.deleted]
    lines += [
        f"The conversation {thread} will be kept as it stands, without what is forgotten and without its earlier "
        "swipes; /undo will reach back to here at most."
        for thread in affected.rewritten
    ]
    return "\n".join(lines)


def _done(doomed: Sequence[Memory], affected: Affected) -> Iterator[str]:
    yield f"{memories(len(doomed), 'is', 'are')} gone."
    if affected.deleted:
        yield f"Conversations deleted: {', '.join(affected.deleted)}."
    if affected.rewritten:
        kept = ", ".join(affected.rewritten)
        yield f"Conversations kept without it, and without what was swiped or taken back: {kept}."


async def _forget_memories(memory: OpenMemory, wish: Wish, doomed: Sequence[Memory]) -> str:
    """Out of the outbox first, or it would deliver what the bank has just forgotten."""
    ids = tuple(each.id for each in doomed)
    if memory.outbox is not None:
        await memory.outbox.forget(wish.selection())
        await memory.outbox.forget(Selection(user=wish.user, ids=ids))
    if wish == Wish(user=wish.user):
        return (await memory.bank.forget(user=wish.user)).remains
    return (await memory.bank.forget(user=wish.user, ids=ids)).remains if ids else ""


def _still_in(home: Path, texts: Sequence[str]) -> str:
    """Where the texts can still be read, in a sentence: said elsewhere too, or in a file that is no longer used."""
    wanted = [text.encode() for text in texts if len(text) >= _TELLING][:_LOOKED_FOR]
    if not wanted:
        return ""
    pattern = re.compile(b"|".join(map(re.escape, wanted)))
    files = sorted(str(path.relative_to(home)) for path in _files(home) if pattern.search(_content(path)))
    return (
        f"Such words are still in {', '.join(files)}: they were said elsewhere too, or copied there." if files else ""
    )


def _files(home: Path) -> Iterator[Path]:
    for path in home.rglob("*"):
        if "weights" not in path.relative_to(home).parts[:1] and path.is_file() and path.stat().st_size <= _LARGEST:
            yield path


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # gone meanwhile
        return b""


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
