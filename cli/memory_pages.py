"""`roleplay memory search`, `list`, `show`: what there is, as a table or as JSON."""

import heapq
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.listing import print_table, shortened
from langgraph_roleplay.cli.memory_bank import OpenMemory, find_memory, open_memory
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.memory import Memory, RecalledMemory, Scope, Selection
from langgraph_roleplay.memory.keeping.looking import Found, browse_found, characters_of, replacing, resting_on
from langgraph_roleplay.settings import Settings

__all__ = ["Choice", "print_found", "print_list", "print_memory"]

_LOOKED_THROUGH = 200
"""Hits that a search looks through for those of one conversation or kind."""


@dataclass(frozen=True)
class Choice:
    """Which memories of one user a command is about."""

    user: str
    character: str | None = None
    thread: str | None = None
    kind: str | None = None

    def selection(self) -> Selection:
        """The same for the bank."""
        return Selection(user=self.user, character=self.character, thread=self.thread, kind=self.kind)


async def print_found(query: str, choice: Choice, *, settings: Settings, limit: int, as_json: bool) -> None:
    """Search as a character would, and print the best.

    Raises:
        RoleplayError: the query is empty, or there are no memories of the user.
    """
    if not query.strip():
        raise RoleplayError("There is nothing to search for: the query is empty.")
    async with open_memory(settings) as memory:
        hits = await _search(memory, query, choice, limit)
    if as_json:
        print_json([_hit_json(hit) for hit in hits])
        return
    rows = [(f"{hit.score:.3f}", *_row(hit.memory)) for hit in hits]
    _print_rows(("score", *_COLUMNS), rows, nothing=f"No memory of {choice.user} bears on {query!r}.")


async def _search(memory: OpenMemory, query: str, choice: Choice, limit: int) -> list[RecalledMemory]:
    characters = [choice.character] if choice.character else await characters_of(memory.bank.home, choice.user)
    if not characters:
        raise _unknown(choice.user)
    narrowed = choice.thread or choice.kind
    found: list[RecalledMemory] = []
    for character in characters:
        scope = Scope(character=character, user=choice.user)
        found += await memory.bank.recall(query, scope=scope, k=_LOOKED_THROUGH if narrowed else limit)
    meant = [hit for hit in found if _is_meant(hit.memory, choice)]
    return sorted(meant, key=lambda hit: (-hit.score, hit.memory.id))[:limit]


def _is_meant(memory: Memory, choice: Choice) -> bool:
    return choice.thread in (None, memory.thread) and choice.kind in (None, memory.kind)


async def print_list(choice: Choice, *, settings: Settings, limit: int, page: int, as_json: bool) -> None:
    """Print memories, the latest first.

    Raises:
        RoleplayError: there are no memories of the user.
    """
    async with open_memory(settings) as memory:
        # The home knows no order but that of ids, so all are read, but never held.
        total, latest = 0, list[tuple[Any, Found]]()
        async for each in browse_found(memory.bank.home, choice.selection()):
            total += 1
            _push(latest, each, limit * page)
        if not total and not await characters_of(memory.bank.home, choice.user):
            raise _unknown(choice.user)
    shown = [each for _, each in sorted(latest, key=lambda pair: pair[0], reverse=True)][limit * (page - 1) :]
    if as_json:
        print_json([each.memory.model_dump(mode="json") | _fate(each) for each in shown])
        return
    rows = [(*_row(each.memory), _told_fate(each)) for each in shown]
    _print_rows((*_COLUMNS, "state"), rows, nothing="No memory is chosen by that.")
    if total > limit * page:
        sys.stderr.write(f"{limit * (page - 1) + len(shown)} of {total}; --page {page + 1} shows the next.\n")


def _push(latest: list[tuple[Any, Found]], found: Found, most: int) -> None:
    memory = found.memory
    entry = ((memory.at, memory.turn or 0, memory.id), found)
    if len(latest) < most:
        heapq.heappush(latest, entry)
    else:
        heapq.heappushpop(latest, entry)


async def print_memory(memory_id: str, *, user: str, settings: Settings, as_json: bool) -> None:
    """Print every field of a memory, and what hangs together with it.

    Raises:
        RoleplayError: there is none of that id.
    """
    async with open_memory(settings) as memory:
        each = await find_memory(memory.bank, memory_id, user=user)
        found, home = each.memory, memory.bank.home
        others = {"replaced_by": await replacing(home, found), "evidence_of": await resting_on(home, found)}
    if as_json:
        dumped = {name: [other.model_dump(mode="json") for other in related] for name, related in others.items()}
        print_json(found.model_dump(mode="json", exclude={"superseded_by"}) | _fate(each) | dumped)
        return
    console = Console(highlight=False, emoji=False)
    fields = found.model_dump(mode="json", exclude={"superseded_by"}) | {"state": _told_fate(each)}
    for field, value in fields.items():
        if value not in (None, [], {}, ""):
            console.print(Text.assemble((f"{field:<12}", "bold"), visible(_as_text(value))), soft_wrap=True)
    for name, related in others.items():
        for other in related:
            line = f"{other.id} {shortened(other.text, 90)}"
            console.print(Text.assemble((f"{name:<12}", "bold"), visible(line)), soft_wrap=True)


_COLUMNS = ("when", "kind", "character", "thread", "who", "what", "id")


def _row(memory: Memory) -> Sequence[str]:
    when = f"{memory.at.astimezone():%Y-%m-%d %H:%M}"
    return (when, memory.kind, memory.character, memory.thread, memory.speaker, shortened(memory.text), memory.id)


def _fate(found: Found) -> dict[str, bool]:
    return {"hidden": found.hidden, "abandoned": found.abandoned, "replaced": found.replaced}


def _told_fate(found: Found) -> str:
    return ", ".join(name for name, is_so in _fate(found).items() if is_so)


def _hit_json(hit: RecalledMemory) -> dict[str, Any]:
    return {"score": hit.score, "why": hit.why.text, "memory": hit.memory.model_dump(mode="json")}


def _print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], *, nothing: str) -> None:
    if found := list(rows):
        print_table(columns, found)
    else:
        sys.stderr.write(f"{nothing}\n")


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _unknown(user: str) -> RoleplayError:
    return RoleplayError(f"There are no memories of {user!r}; --user says whose are meant.")
