"""The library: documents, lore and characters by meaning, in a bank of their own."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from langchain_core.embeddings import Embeddings

from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.documents import Document, Section
from langgraph_roleplay.personas.finding import Library


class BagOfWords(Embeddings):
    """Texts that share words are near."""

    model = "bag-of-words"

    def embed_query(self, text):
        vector = [0.0] * 1024
        for word in "".join(c if c.isalnum() else " " for c in text.lower()).split():
            vector[int.from_bytes(hashlib.md5(word.encode()).digest()[:4], "big") % 1024] += 1.0
        return vector

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]


@pytest.fixture
async def library():
    library = Library(await MemoryBank.open(":memory:", embeddings=BagOfWords()))
    yield library
    await library.close()


def book(*chapters, source="light.txt"):
    sections = tuple(Section(f"Chapter {number}", text, float(number)) for number, text in enumerate(chapters, 1))
    return Document("The Light", sections, source=source)


KEEPER = "The keeper climbed the tower with his lamp each evening."
WRECK = "A wreck lay below the cliffs, and in it a chest of silver coins."
BETRAYAL = "In the end the keeper himself had sunk the ship for silver."


async def told(library, query, *, character="keeper", **options):
    return [hit.memory.text for hit in await library.passages(character, query, **options)]


async def test_a_passage_is_found_by_what_it_tells(library):
    await library.attach("keeper", book(KEEPER, WRECK, BETRAYAL))
    assert (await told(library, "What was in the chest of the wreck?"))[0] == WRECK
    hit = (await library.passages("keeper", "chest wreck"))[0]
    assert (hit.memory.speaker, hit.memory.metadata["heading"]) == ("The Light", "Chapter 2")


async def test_a_title_in_the_question_is_not_taken_for_a_speaker(library):
    await library.attach("keeper", Document("Silver Coins", (Section("", WRECK), Section("", KEEPER)), source="a.txt"))
    assert (await told(library, "Silver?"))[0] == WRECK


async def test_what_a_later_chapter_tells_is_not_known_yet(library):
    await library.attach("keeper", book(KEEPER, WRECK, BETRAYAL))
    question = "Who sunk the ship for silver?"
    assert BETRAYAL in await told(library, question)
    assert BETRAYAL not in await told(library, question, story_time=2.0)
    assert BETRAYAL in await told(library, question, story_time=3.0)
    [hit] = [hit for hit in await library.passages("keeper", question) if hit.memory.text == BETRAYAL]
    assert await library.fetch("keeper", [hit.memory.id], story_time=2.0) == []


async def test_another_character_knows_nothing_of_it(library):
    await library.attach("keeper", book(KEEPER, WRECK))
    assert await told(library, "wreck", character="alice") == []
    assert await library.documents("alice") == []


@pytest.mark.parametrize("query", ["", "   ", "\ud800", "?!"])
async def test_a_question_without_a_word_finds_nothing_and_breaks_nothing(library, query):
    await library.attach("keeper", book(KEEPER))
    assert await told(library, query) == []


async def test_attaching_again_changes_nothing(library):
    first = await library.attach("keeper", book(KEEPER, WRECK))
    again = await library.attach("keeper", book(KEEPER, WRECK))
    assert (first.outcome, again.outcome) == ("attached", "kept")
    assert (first.passages, first.chapters, first.id) == (2, 2, "light-txt")
    assert [one.id for one in await library.documents("keeper")] == ["light-txt"]


async def test_a_file_that_changed_replaces_what_was_read_of_it_before(library):
    await library.attach("keeper", book(KEEPER, WRECK))
    changed = await library.attach("keeper", book(KEEPER, "The wreck is gone; the tide took it."))
    assert changed.outcome == "replaced"
    assert (await told(library, "wreck"))[0] == "The wreck is gone; the tide took it."
    assert await told(library, "chest coins") == []
    assert len(await library.documents("keeper")) == 1


async def test_the_same_book_at_another_time_replaces_itself(library):
    await library.attach("keeper", book(KEEPER, WRECK))
    await library.attach("keeper", book(KEEPER, WRECK).at(9.0))
    assert await told(library, "wreck", story_time=2.0) == []
    assert (await told(library, "wreck", story_time=9.0))[0] == WRECK


async def test_attaching_that_was_broken_off_is_taken_up_again(library):
    document = book(*(f"{WRECK} Number {number} of many." for number in range(300)))

    def break_off(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await library.attach("keeper", document, progress=break_off)
    assert await library.documents("keeper") == []
    steps = []
    attached = await library.attach("keeper", document, progress=lambda *step: steps.append(step))
    assert (attached.outcome, attached.passages, steps[-1]) == ("attached", 300, (300, 300))
    found = [one async for one in library.bank.browse(Selection(user="library:passages"))]
    assert len(found) == 300


async def test_detaching_leaves_nothing_and_attaching_undoes_it(library):
    await library.attach("keeper", book(KEEPER, WRECK))
    await library.attach("keeper", book(BETRAYAL, source="other.txt"))
    assert await library.detach("keeper", "light-txt") == 2
    assert await told(library, "wreck keeper silver") == [BETRAYAL]
    assert await library.detach("keeper", "light-txt") == 0
    await library.attach("keeper", book(KEEPER, WRECK))
    assert WRECK in await told(library, "wreck")


ENTRIES = {"a": "The lamp of the tower burns blue.", "b": "Silver coins buy silence here."}


async def test_lore_is_found_by_meaning_and_says_how_near_it_is(library):
    assert await library.index_lore(ENTRIES.values()) == 0
    found = await library.find_lore("silver coins", ENTRIES)
    assert list(found) == ["b"]
    assert 0.3 <= found["b"] <= 1
    assert await library.find_lore("silver coins", ENTRIES, threshold=0.99) == {}
    assert await library.find_lore(" ", ENTRIES) == {}
    assert await library.find_lore("silver coins", {"empty": "  "}) == {}


async def test_no_entry_is_found_but_those_that_were_asked_about(library):
    await library.index_lore(ENTRIES.values())
    assert await library.find_lore("silver coins", {"a": ENTRIES["a"]}) == {}
    assert await library.find_lore("silver coins", {}) == {}
    assert list(await library.find_lore("silver coins", {"other": ENTRIES["b"], "twin": ENTRIES["b"]})) == [
        "other",
        "twin",
    ]


async def test_other_entries_take_nothing_away_from_another_process(library):
    other = Library(library.bank)
    await library.index_lore(ENTRIES.values())
    await other.index_lore(["Whales sing in the deep."])
    assert list(await library.find_lore("silver coins", ENTRIES)) == ["b"]
    assert len(await kept(library, "library:lore")) == 3


async def test_lore_that_changed_is_found_as_it_is_now(library):
    await library.index_lore(ENTRIES.values())
    changed = {"a": "Silver coins.", "b": "The lamp is out."}
    await library.index_lore(changed.values())
    assert list(await library.find_lore("silver coins", changed)) == ["a"]


async def test_what_nobody_has_wanted_for_weeks_goes_and_whoever_wants_it_indexes_it_again(library, monkeypatch):
    old = ["Long forgotten.", ENTRIES["a"]]
    await library.index_lore(old)
    await age(library, "library:lore", weeks=7)
    await Library(library.bank).index_lore(ENTRIES.values())
    assert await kept(library, "library:lore") == sorted(ENTRIES.values())
    monkeypatch.setattr("langgraph_roleplay.personas.finding.lore._FRESH", 0.0)  # a minute later
    await library.index_lore(old)
    assert await kept(library, "library:lore") == sorted({*old, *ENTRIES.values()})


class Slow(BagOfWords):
    """Ten seconds for a hundred texts, which a clock of our own says without waiting."""

    def __init__(self):
        self.now = 0.0
        self.batches = []

    def embed_documents(self, texts):
        if len(texts) > 1:
            self.now += len(texts) / 10
            self.batches.append(len(texts))
        return super().embed_documents(texts)


async def test_a_slow_index_keeps_what_it_has_made_and_goes_on_with_the_rest(monkeypatch):
    slow = Slow()
    monkeypatch.setattr("langgraph_roleplay.personas.finding.lore.time", SimpleNamespace(monotonic=lambda: slow.now))
    library = Library(await MemoryBank.open(":memory:", embeddings=slow))
    entries = {str(number): f"Entry {number} of silver coins." for number in range(100)}
    left = [await library.index_lore(entries.values(), seconds=5) for _ in range(3)]
    assert left == [36, 0, 0]
    assert slow.batches == [32, 32, 32, 4]
    assert await library.find_lore("silver coins", entries)


async def kept(library, tenant):
    return sorted([one.text async for one in library.bank.browse(Selection(user=tenant))])


async def age(library, tenant, *, weeks):
    """Let all that a tenant has be so old."""
    old = [one async for one in library.bank.browse(Selection(user=tenant))]
    await library.bank.forget(user=tenant)
    await library.bank.remember(one.model_copy(update={"at": one.at - timedelta(weeks=weeks)}) for one in old)


async def test_what_a_character_has_does_not_mix(library):
    await library.attach("keeper", book(KEEPER))
    await library.index_lore([KEEPER])
    assert len(await library.passages("keeper", "keeper lamp", k=9)) == 1
    assert list(await library.find_lore(KEEPER, {"a": KEEPER})) == ["a"]


async def test_files_that_differ_in_their_suffix_alone_stand_side_by_side(library):
    await library.attach("keeper", book(KEEPER, source="notes.txt"))
    second = await library.attach("keeper", book(WRECK, source="notes.md"))
    assert (second.outcome, second.id) == ("attached", "notes-md")
    assert len(await library.documents("keeper")) == 2


def persona(name, description, **fields):
    return Persona.from_data({"name": name, "description": description, **fields})


CAST = [
    persona("Nemo", "A captain of a submarine in the deep sea."),
    persona("Holmes", "A detective of London who plays the violin."),
    persona("Alice", "A girl who fell down a rabbit hole."),
]


async def test_a_character_is_found_by_its_description(library):
    assert await library.index_cast(CAST) == 3
    found = await library.search_cast("someone who plays the violin", CAST)
    assert (found[0].id, found[0].name) == ("holmes", "Holmes")
    assert "violin" in found[0].why


async def test_who_is_not_indexed_yet_is_indexed_by_the_search(library):
    assert [one.id for one in await library.search_cast("violin", CAST[:2])] == ["holmes"]
    assert [one.id for one in await library.search_cast("rabbit", CAST)][:1] == ["alice"]


async def test_tags_and_macros_of_a_card_are_read_as_such(library):
    cast = [*CAST, persona("Ann", "{{char}} bakes. {{user}} eats.", tags=["pirate"])]
    assert [one.id for one in await library.search_cast("pirate", cast)] == ["ann"]
    assert await library.search_cast("char", cast) == []


async def test_who_has_changed_is_found_as_it_is_and_who_has_left_is_not(library):
    await library.index_cast(CAST)
    assert await library.index_cast(CAST) == 0
    now = [CAST[0], persona("Alice", "A girl who walks through mirrors.")]
    assert await library.index_cast(now) == 1
    assert [one.id for one in await library.search_cast("girl mirrors", now)] == ["alice"]
    assert await library.search_cast("violin detective", now) == []


async def test_installations_with_other_casts_leave_each_other_theirs(library):
    other = Library(library.bank)
    await library.index_cast(CAST)
    theirs = [persona("Alice", "A girl who walks through mirrors.")]
    assert [one.id for one in await other.search_cast("girl mirrors", theirs)] == ["alice"]
    assert await library.index_cast(CAST) == 0
    assert await library.search_cast("mirrors", CAST) == []
    assert [one.id for one in await other.search_cast("mirrors", theirs)] == ["alice"]


async def test_portraits_that_nobody_has_wanted_for_weeks_go(library):
    await library.index_cast(CAST)
    await age(library, "library:cast", weeks=7)
    await library.index_cast([CAST[0], persona("Ann", "A baker of bread.")])
    assert [text.split()[0] for text in await kept(library, "library:cast")] == ["ann", "nemo"]


@pytest.mark.parametrize("query", ["", "zxqy", "\ud800", "🦊"])
async def test_nobody_is_found_where_nothing_fits(library, query):
    assert await library.search_cast(query, []) == []
    assert await library.search_cast(query, CAST) == []


async def test_a_cast_of_one_is_found(library):
    assert [one.id for one in await library.search_cast("submarine captain", CAST[:1])] == ["nemo"]


async def test_nobody_has_a_library_that_was_never_filled(tmp_path):
    assert not await Library.exists(tmp_path / "library")
    assert not (tmp_path / "library").exists()
    assert not await Library.exists(":memory:")


async def test_an_index_of_the_cast_that_was_broken_off_goes_on_where_it_stopped(library, monkeypatch):
    personas = [Persona(name=f"Ada {number}", description=f"word{number} " * 3) for number in range(600)]
    remember, kept = library.bank.remember, []

    async def breaks_off(memories):
        if len(kept) == 2:
            raise TimeoutError
        kept.append([memory.text for memory in memories])
        return await remember(memories)

    monkeypatch.setattr(library.bank, "remember", breaks_off)
    with pytest.raises(TimeoutError):
        await library.index_cast(personas)
    first = {text for batch in kept for text in batch}
    monkeypatch.setattr(
        library.bank, "remember", lambda memories: kept.append([m.text for m in memories]) or remember(memories)
    )
    kept.clear()
    assert await library.index_cast(personas) == 600
    assert first.isdisjoint(text for batch in kept for text in batch)
