"""Trial: ten thousand damaged cards; each loads or gives one clear error, soon and in little memory.

What loads must come back from the file that we write of it.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any, TypeVar

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.evals.trials.card_corpus import containers, profiles, real_cards
from langgraph_roleplay.evals.trials.card_mutations import mutants
from langgraph_roleplay.evals.trials.card_return import fault_of_return, load_either
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.card import Lorebook

__all__ = ["TRIALS", "Outcome", "run_cards", "try_card", "whole_files", "write_mutant"]

_Result = TypeVar("_Result")
_DATA = Path("../shared/data")
_SECONDS, _MEGABYTES = 1.0, 200.0
_PATIENCE = 30
"""Seconds after which a child counts as hanging or dead."""
_PER_CHILD = 200
"""Cards after which a child makes place for a fresh one, so that no card pays for what earlier ones left."""


@dataclass(frozen=True)
class Outcome:
    """What became of one card."""

    seconds: float
    busy: float
    """Seconds of processor time, which other work on the machine doesn't stretch."""
    megabytes: float
    """Peak of the process, the interpreter and this package (some 50) among it."""
    loaded: bool
    says: str
    """The error, or nothing."""
    is_clear: bool
    """Whether the error is ours: one line that names a place."""
    writing: float = 0.0
    """Seconds of processor time to write what was loaded and read it again."""


def whole_files(data: Path = _DATA) -> dict[str, bytes]:
    """The corpus: real cards, and the profiles of two benches in every container."""
    made = {
        f"{name}.{kind}": content for name, card in profiles(data).items() for kind, content in containers(card).items()
    }
    return {**real_cards(data), **made}


def try_card(path: Path) -> Outcome:
    """Load one card and measure it; then see whether it comes back from a file that we write."""
    _forget_peak()
    started, busy = time.perf_counter(), time.process_time()
    found, says = _attempt(lambda: load_either(path))
    outcome = Outcome(
        time.perf_counter() - started,
        time.process_time() - busy,
        _peak(),
        loaded=found is not None,
        says=says,
        is_clear=not says or (says.startswith(path.name) and ": " in says and "\n" not in says and len(says) <= 500),
    )
    return outcome if found is None else _with_return(outcome, found)


def _with_return(outcome: Outcome, found: Persona | Lorebook) -> Outcome:
    busy = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        fault, says = _attempt(lambda: fault_of_return(found, Path(folder)))
    says = fault or says
    return replace(outcome, writing=time.process_time() - busy, says=says, is_clear=not says)


def _attempt(work: Callable[[], _Result]) -> tuple[_Result | None, str]:
    """Return what comes of it, and what it says when nothing does."""
    try:
        return work(), ""
    except PersonaError as error:
        return None, str(error)
    except (Exception, RecursionError, MemoryError) as error:  # noqa: BLE001 - what must not happen is looked for
        return None, f"{type(error).__name__}: {error}"[:300]


def write_mutant(folder: Path, way: str, content: bytes) -> Path:
    """Write a damaged file under the name by which it is known for a card or a world."""
    path = folder / ("world.json" if way == "odd_world" else "card.png")
    path.write_bytes(content)
    return path


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    """Megabytes. What `getrusage` says on Linux counts the parent in, as it was when it made this process."""
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1_000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000)


async def run_cards(count: int = 10_000) -> Mapping[str, Any]:
    """Try so many damaged cards, each in a child process."""
    return await asyncio.to_thread(_run, count)


def _run(count: int) -> dict[str, Any]:
    files = whole_files()
    outcomes: list[tuple[str, Outcome | None]] = []
    with tempfile.TemporaryDirectory() as folder:
        pool = _fresh_pool()
        for way, content in mutants(files, count):
            outcome = _try_in_child(pool, write_mutant(Path(folder), way, content))
            outcomes.append((way, outcome))
            if outcome is None:
                pool.terminate()
                pool = _fresh_pool()
        pool.terminate()
    return _figures(outcomes, whole=len(files))


def _fresh_pool() -> Pool:
    return multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=_PER_CHILD)


def _try_in_child(pool: Pool, path: Path) -> Outcome | None:
    try:
        return pool.apply_async(try_card, (path,)).get(timeout=_PATIENCE)
    except multiprocessing.TimeoutError:
        return None


def _figures(outcomes: list[tuple[str, Outcome | None]], *, whole: int) -> dict[str, Any]:
    done = [(way, outcome) for way, outcome in outcomes if outcome is not None]
    slowest = max(done, key=lambda item: item[1].seconds)
    largest = max(done, key=lambda item: item[1].megabytes)
    writing = max(done, key=lambda item: item[1].writing)
    unclear = [f"{way}: {outcome.says[:200]}" for way, outcome in done if not outcome.is_clear]
    loaded = Counter(way for way, outcome in done if outcome.loaded)
    return {
        "whole_files": whole,
        "cards": len(outcomes),
        "loaded": loaded.total(),
        "refused": sum(not outcome.loaded for _, outcome in done),
        "crashed_or_hung": len(outcomes) - len(done),
        "unclear_errors": len(unclear),
        "over_a_second": sum(outcome.seconds > _SECONDS for _, outcome in done),
        "over_a_second_of_processor_time": sum(outcome.busy > _SECONDS for _, outcome in done),
        "busiest": f"{max(outcome.busy for _, outcome in done):.2f} s of processor time",
        "busiest_writing": f"{writing[1].writing:.2f} s of processor time ({writing[0]})",
        "over_200_MB": sum(outcome.megabytes > _MEGABYTES for _, outcome in done),
        "slowest": f"{slowest[1].seconds:.2f} s ({slowest[0]}), {slowest[1].busy:.2f} s of processor time",
        "largest": f"{largest[1].megabytes:.0f} MB ({largest[0]})",
        "loaded_by_mutation": dict(loaded.most_common()),
        "tried_by_mutation": dict(Counter(way for way, _ in outcomes).most_common()),
        "examples": unclear[:5],
    }


TRIALS = {"cards": run_cards}
