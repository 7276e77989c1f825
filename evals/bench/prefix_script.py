"""Who talks about what in the bench of prefix reuse: a long persona, its lore, its memories, thirty lines of a user."""

from pathlib import Path

from langgraph_roleplay.evals.bench.locomo_data import read_locomo
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.personas import Lorebook, LoreEntry, Persona
from langgraph_roleplay.prompts.budget import TokenCounter, shorten

__all__ = ["LINES", "earlier_memories", "long_persona", "user_lines"]

LINES = 30
_CHARACTER, _USER = "prefix-bench", "Visitor"
_MEMORIES = 200
_OWN_LINES = (
    "I walked to work along the river today, and a friend waved at me from a boat.",
    "My kids painted the kitchen door blue while I was out; I could not be angry.",
    "Do you ever tire of this town and its fog?",
    "I have been thinking about the book that you lent me. What happens to the captain?",
    "A letter came from my sister: the family is well, and the garden is full of bees.",
)
_KEYS = ("work", "kid", "friend", "paint", "book", "family", "day", "great", "love", "time", "help", "good")


def user_lines(data: Path) -> tuple[list[str], str]:
    """What the user says, and where it is from: LoCoMo's first conversation, or lines of our own without it."""
    file = data / "locomo" / "locomo.json"
    if not file.exists():
        return [f"{_OWN_LINES[n % len(_OWN_LINES)]} That was {n} days ago." for n in range(LINES)], "lines of our own"
    turns = read_locomo(file)[0].turns
    return [turn.text for turn in turns if turn.speaker == turns[0].speaker][:LINES], "LoCoMo's first conversation"


def earlier_memories(data: Path) -> list[Memory]:
    """What the character remembers of earlier conversations."""
    file = data / "locomo" / "locomo.json"
    texts = [turn.text for turn in read_locomo(file)[1].turns[:_MEMORIES]] if file.exists() else list(_OWN_LINES)
    return [
        Memory(text=text, speaker=_USER, character=_CHARACTER, user=_USER, thread="earlier", turn=number)
        for number, text in enumerate(texts)
    ]


def long_persona(models: list[Persona], *, tokens: int, counter: TokenCounter) -> Persona:
    """A character of so many tokens, made of built-in ones, with lore for everyday words and one entry for always."""
    first = models[0]
    told = [text for one in models for text in (one.description, one.personality, one.scenario)]
    told += [entry.content for one in models for entry in (one.character_book or Lorebook()).entries]
    entries = (first.character_book or Lorebook()).entries
    called = tuple(
        LoreEntry(keys=(key,), content=entries[number % len(entries)].content, name=key, insertion_order=number)
        for number, key in enumerate(_KEYS)
    )
    always = LoreEntry(content=entries[-1].content, name="always", constant=True)
    data = {
        **first.model_dump(include={"first_mes", "mes_example"}),
        "name": "Prefix Bench",
        "nickname": first.display_name,
        "description": shorten("\n".join(told), tokens, counter),
        "character_book": Lorebook(entries=(always, *called)).model_dump(),
    }
    return Persona.from_data(data, stem=_CHARACTER)
