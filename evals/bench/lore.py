"""How fast lore is found: one automaton beside a loop over entries, and what a hostile pattern costs."""

import asyncio
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from rich.table import Table

from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.personas import Lorebook, LoreEntry
from langgraph_roleplay.personas.lore import LoreScan, ScannedMessage, activate_lore, compile_lore

__all__ = ["bench_lore"]

_MESSAGES, _LETTERS = 40, 16_000  # of the conversation: 4,000 tokens at four letters each
_CALLED = 60  # entries that the conversation speaks of
_RUNS, _HOSTILE_RUNS = 41, 9
_SYLLABLES = ("ka", "lo", "mi", "ren", "tas", "vor", "el", "dun", "ish", "qua", "bel", "sor", "an", "thi", "gro")
_WORDS = (
    "the of and to in he was that his it with as had for she not at but on her be they have him which you all "
    "this from were said one so there no when what are if who would out then into up them down been could time "
    "like more before over hand door light night morning water house road stone long old little last own back "
    "came went looked"
)
_FILLER = tuple(_WORDS.split())


async def bench_lore() -> Table:
    """Ask lorebooks of several sizes, and one whose patterns never end."""
    rows = [await asyncio.to_thread(_row, *case) for case in _cases()]
    rows.extend([await asyncio.to_thread(_hostile_row, size) for size in (1, 1_000)])
    return make_table(
        "Lore of a turn, median (target: ≤ 5 ms for 1,000 entries, ≤ 50 ms for 10,000; a hostile pattern ≤ 50 ms)",
        f"made-up names, three keys and 60 words to an entry, every fifth selective; {_MESSAGES} messages of together "
        f"{_LETTERS:,} letters that speak of {_CALLED} entries, all searched; {_RUNS} runs. The loop is given the "
        f"text in one piece, folded once, and looks for each key with `in` before it asks a pattern for its edges. "
        "Hostile: `/(?=a)(?:a+)+$/` against 4,000 a's and no end, asked for the first time.",
        ["entries", "compile", "ours", "worst", "loop", "active"],
        rows,
    )


def _cases() -> Iterator[tuple[str, int, bool]]:
    for size in (1_000, 10_000):
        yield f"{size:,}", size, False
        yield f"{size:,}, recursive", size, True


def _row(label: str, size: int, recursive: bool) -> list[str]:
    dice = random.Random(size)
    book = _book(size, dice, recursive=recursive)
    scan = _scan(book, dice)
    since = time.perf_counter()
    lore = compile_lore([book])
    compiled = time.perf_counter() - since
    outcome = activate_lore(lore, scan, state={}, seed="bench")
    ours = _times(lambda: activate_lore(lore, scan, state={}, seed="bench"))
    loop = [""] if recursive else [_ms(statistics.median(_times(_loop(book, scan))))]
    active = f"{len(outcome.entries)}"
    return [label, _ms(compiled), _ms(statistics.median(ours)), _ms(max(ours)), *loop, active]


def _hostile_row(size: int) -> list[str]:
    # Different ones, or one would be compiled once and found slow once.
    patterns = [f"/(?=a)(?:a+)+(?:{number})?$/" for number in range(size)]
    book = Lorebook(entries=tuple(_entry_of(pattern) for pattern in patterns))
    scan = _said(["a" * 4_000 + "!"])
    times = []
    for _ in range(_HOSTILE_RUNS):
        since = time.perf_counter()
        lore = compile_lore([book])
        compiled = time.perf_counter() - since
        since = time.perf_counter()
        outcome = activate_lore(lore, scan, state={}, seed="bench")
        times.append(time.perf_counter() - since)
    active = f"{len(outcome.entries)}"
    return [f"{size:,} hostile", _ms(compiled), _ms(statistics.median(times)), _ms(max(times)), "", active]


def _entry_of(pattern: str) -> LoreEntry:
    return LoreEntry(keys=(pattern,), content=f"What {pattern} calls for.", use_regex=True)


def _book(size: int, dice: random.Random, *, recursive: bool) -> Lorebook:
    names = _names(dice)
    entries = tuple(
        LoreEntry(
            id=number,
            keys=(next(names).title(), next(names), f"{next(names)} {next(names)}"),
            secondary_keys=("night", "morning"),
            selective=number % 5 == 0,
            content=" ".join(dice.choices(_FILLER, k=60)),
            insertion_order=number,
        )
        for number in range(size)
    )
    return Lorebook(entries=entries, scan_depth=_MESSAGES, recursive_scanning=recursive)


def _names(dice: random.Random) -> Iterator[str]:
    seen: set[str] = set()
    while True:
        name = "".join(dice.choices(_SYLLABLES, k=dice.randint(3, 5)))
        if name not in seen:
            seen.add(name)
            yield name


def _scan(book: Lorebook, dice: random.Random) -> LoreScan:
    words = dice.choices(_FILLER, k=_LETTERS // 5)
    for entry in dice.sample(book.entries, _CALLED):
        words[dice.randrange(len(words))] = dice.choice(entry.keys)
    text = " ".join(words)[:_LETTERS]
    each = len(text) // _MESSAGES
    return _said([text[start : start + each] for start in range(0, each * _MESSAGES, each)])


def _said(texts: Sequence[str]) -> LoreScan:
    messages = [ScannedMessage("user" if place % 2 else "assistant", "Ann", text) for place, text in enumerate(texts)]
    return LoreScan(messages=messages, char="Bea", user="Ann")


def _loop(book: Lorebook, scan: LoreScan) -> Callable[[], list[LoreEntry]]:
    edges = {
        key: re.compile(rf"\b{re.escape(key)}\b", re.IGNORECASE)
        for entry in book.entries
        for key in (*entry.keys, *entry.secondary_keys)
    }
    folded = {key: key.casefold() for key in edges}

    def run() -> list[LoreEntry]:
        text = "\n".join(message.text for message in scan.messages).casefold()

        def said(keys: Sequence[str]) -> bool:
            return any(folded[key] in text and edges[key].search(text) for key in keys)

        return [
            entry for entry in book.entries if said(entry.keys) and (not entry.selective or said(entry.secondary_keys))
        ]

    return run


def _times(run: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(_RUNS):
        since = time.perf_counter()
        run()
        times.append(time.perf_counter() - since)
    return times


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
