"""What else says what was forgotten."""

import pytest

from langgraph_roleplay import Memory, MemoryBank, ScriptedEmbeddings
from langgraph_roleplay.cli.echoes import hint_of_echoes


@pytest.fixture
async def bank():
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    yield bank
    await bank.close()


async def remember(bank, *texts, user="Ada"):
    fields = {"speaker": "Ada", "character": "alice", "user": user, "thread": "t"}
    await bank.remember([Memory(text=text, **fields) for text in texts])


async def test_a_rare_long_word_or_the_whole_text_elsewhere_is_told_with_a_search_for_it(bank):
    await remember(bank, "Ignatius is a bird.", "I said: my cat. Twice.", "Nothing here.")
    told = await hint_of_echoes(bank, ["My parrot IGNATIUS sings."], user="Ada")
    assert told == "1 other memory shares words with it (`roleplay memory search ignatius --user Ada`)."
    told = await hint_of_echoes(bank, ["My cat."], user="Ada")
    assert told == "1 other memory shares words with it (`roleplay memory search 'my cat.' --user Ada`)."


async def test_common_short_and_other_users_words_tell_nothing(bank):
    await remember(bank, *(f"The weather is number {number}." for number in range(6)), "A bird.", "Yes. No. Yes.")
    await remember(bank, "Ignatius!", user="Ben")
    assert await hint_of_echoes(bank, ["The weather of the bird Ignatius.", "Yes."], user="Ada") == ""


async def test_a_word_in_five_memories_is_rare(bank):
    await remember(bank, *(f"The weather is number {number}." for number in range(5)))
    assert (await hint_of_echoes(bank, ["Fine weather."], user="Ada")).startswith("5 other memories share ")
