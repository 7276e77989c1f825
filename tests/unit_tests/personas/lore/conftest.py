from collections.abc import Callable

import pytest

from langgraph_roleplay.personas import Lorebook, LoreEntry
from langgraph_roleplay.personas.lore import LoreOutcome, LoreScan, ScannedMessage, activate_lore, compile_lore


@pytest.fixture(scope="session")
def entry() -> Callable[..., LoreEntry]:
    """An entry of keys, whose content is its first key in capitals unless given."""

    def make(*keys, content=None, **more):
        return LoreEntry(
            keys=keys, content=(keys[0].upper() if keys else "LORE") if content is None else content, **more
        )

    return make


@pytest.fixture(scope="session")
def book() -> Callable[..., Lorebook]:
    """A lorebook of a dialect."""

    def make(*entries, dialect="spec", **more):
        return Lorebook(entries=entries, extensions={"langgraph_roleplay": {"dialect": dialect}}, **more)

    return make


@pytest.fixture(scope="session")
def scan() -> Callable[..., LoreScan]:
    """A conversation of texts, oldest first, the last of them the user's."""

    def make(*texts, char="Bea", user="Ann", **more):
        turns = [("user", user) if (len(texts) - place) % 2 else ("assistant", char) for place in range(len(texts))]
        messages = [ScannedMessage(role, name, text) for (role, name), text in zip(turns, texts, strict=True)]
        return LoreScan(messages=messages, char=char, user=user, **more)

    return make


@pytest.fixture(scope="session")
def activate(scan) -> Callable[..., LoreOutcome]:
    """What a conversation calls for from books."""

    def run(*books, said=("",), state=None, seed="seed", budget=None, context_tokens=0, **more):
        texts = (said,) if isinstance(said, str) else said
        engine = {"state": state or {}, "seed": seed, "budget": budget, "context_tokens": context_tokens}
        return activate_lore(compile_lore(books), scan(*texts, **more), **engine)

    return run


@pytest.fixture(scope="session")
def called(activate) -> Callable[..., list[str]]:
    """The texts that a conversation calls for."""
    return lambda *books, **more: [entry.text for entry in activate(*books, **more).entries]
