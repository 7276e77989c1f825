"""What else says what was forgotten: other memories in which its words stand."""

import re
import shlex
from collections import defaultdict
from collections.abc import Sequence

from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.memory.distilling.ledger import LEDGER

__all__ = ["hint_of_echoes"]

_TELLING = 7
"""Characters from which on a word, or a text, tells anything; "Yes." is everywhere."""
_WORD = re.compile(rf"\w{{{_TELLING},}}")
_RARE = 5
"""Memories that a word may be in, beside what was forgotten, to tell anything."""
_SEARCHED = 3
"""Words in the hint."""


async def hint_of_echoes(bank: MemoryBank, texts: Sequence[str], *, user: str) -> str:
    """A sentence that says how many memories of a user hold the texts or rare words of theirs; empty if none does."""
    wanted = [text.casefold() for text in texts if len(text) >= _TELLING]
    if not wanted:
        return ""
    words = {word for text in wanted for word in _WORD.findall(text)}
    whole, by_word = dict[str, str](), defaultdict[str, set[str]](set)
    async for memory in bank.browse(Selection(user=user)):
        said = memory.text.casefold()
        if memory.kind == LEDGER:
            continue
        if held := [text for text in wanted if text in said]:
            whole[memory.id] = held[0]
        for word in words.intersection(_WORD.findall(said)):
            if len(by_word[word]) <= _RARE:
                by_word[word].add(memory.id)
    rare = {word: ids for word, ids in by_word.items() if len(ids) <= _RARE}
    if not (found := {*whole}.union(*rare.values())):
        return ""
    rarest = sorted(rare, key=lambda word: (len(rare[word]), word)) or next(iter(whole.values())).split()
    query = " ".join(rarest[:_SEARCHED])
    command = f"roleplay memory search {shlex.quote(query)} --user {shlex.quote(user)}"
    others = counted(len(found), "other memory shares", "other memories share")
    return f"{others} words with it (`{command}`)."
