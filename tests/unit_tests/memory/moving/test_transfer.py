"""A bank into a file and back."""

import asyncio
import itertools
import json
import os
import stat
import string
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory, MemoryBank, Selection, filters
from langgraph_roleplay.memory.home import SCHEMA_VERSION
from langgraph_roleplay.memory.moving.whole_file import FileError
from langgraph_roleplay.memory.points import _FLAGS as FLAGS

HEADER = json.dumps({"roleplay": "memories", "schema": SCHEMA_VERSION})


def line(**fields):
    known = {"id": str(uuid.uuid4()), "text": "I like tea", "speaker": "anna", "character": "holmes"}
    return json.dumps(known | {"user": "anna", "thread": "t1"} | fields)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
names = st.sampled_from(["anna", "bob", "王小明", "a b", "O'Neil"])
uuids = st.uuids().map(str)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
memories = st.builds(
    Memory,
    text=words,
    kind=st.sampled_from(["turn", "fact", "reflection", "summary", "dream"]),
    speaker=words,
    character=names,
    user=names,
    thread=words,
    turn=st.none() | st.integers(0, 2**31),
    session=st.none() | words,
    at=moments,
    observers=st.none() | st.lists(names, max_size=3).map(tuple),
    metadata=st.dictionaries(words, json_values, max_size=3),
    message_id=st.none() | words,
    key=st.none() | words,
    source=st.sampled_from(["saw", "told", "inferred", "narrated"]),
    told_by=st.none() | words,
    secrecy=st.sampled_from(["open", "secret"]),
    confidence=st.floats(0, 1),
    truth=st.none() | st.booleans(),
    trust=st.floats(0, 1),
    importance=st.floats(0, 1),
    story_time=st.none() | st.floats(-1e6, 1e6),
    evidence=st.lists(uuids, max_size=2).map(tuple),
    subject=st.none() | words,
    relation=st.none() | words,
    supersedes=st.lists(uuids, max_size=2).map(tuple),
    id=uuids,
)


def test_the_property_below_sets_every_field():
    drawn = {*Memory.model_fields} - {"superseded_by"}  # never written
    assert set(memories.wrapped_strategy.kwargs) == drawn


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(memories, max_size=6, unique_by=lambda one: one.id), data=st.data())
def test_what_is_imported_is_exactly_the_bank_that_was_exported(tmp_path, embeddings, said, data, contents):
    async def there_and_back():
        one, other = [await MemoryBank.open(":memory:", embeddings=embeddings) for _ in range(2)]
        await one.remember(said)
        for memory in said:
            flag = data.draw(st.sampled_from([*FLAGS, None]))
            if flag:
                await one.home.mark(filters.among(memory.user, [memory.id]), {flag: 1})
        path = tmp_path / "bank.jsonl"
        assert await one.export(path) == len(said)
        assert await other.import_(path) == len(said)
        assert await contents(other.home) == await contents(one.home)
        assert await other.import_(path) == 0
        assert await contents(other.home) == await contents(one.home)
        for bank in (one, other):
            await bank.close()

    asyncio.run(there_and_back())


@pytest.mark.parametrize(
    "text",
    ["nul \0 and bell \a", "two\nlines\r\n\u2028and\u2029more\x85", "😀 王小明 é e\u0301", "x" * 3_000_000, "\ufeff"],
)
async def test_texts_of_every_kind_come_back_as_they_were(bank, embeddings, memory, tmp_path, text):
    await bank.remember([memory(text), memory("after it")])
    await bank.export(tmp_path / "bank.jsonl")
    assert (tmp_path / "bank.jsonl").read_bytes().count(b"\n") == 3
    other = await MemoryBank.open(":memory:", embeddings=embeddings)
    await other.import_(tmp_path / "bank.jsonl")
    assert {found.text async for found in other.browse(Selection(user="anna"))} == {text, "after it"}
    await other.close()


async def test_a_moment_in_another_time_zone_stays_the_same_moment(bank, memory, tmp_path):
    said = memory("tea", at=datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=5, minutes=30))))
    await bank.remember([said])
    await bank.export(tmp_path / "bank.jsonl")
    assert json.loads((tmp_path / "bank.jsonl").read_text().splitlines()[1])["at"] == "2026-01-01T02:30:00Z"


async def test_only_the_selection_is_exported(bank, memory, tmp_path):
    await bank.remember([memory("a"), memory("b", user="bob"), memory("c", character="watson")])
    for selection, texts in (
        (None, "abc"),
        (Selection(user="anna"), "ac"),
        (Selection(user="anna", character="watson"), "c"),
        (Selection(user="nobody"), ""),
    ):
        assert await bank.export(tmp_path / "bank.jsonl", selection=selection) == len(texts)
        lines = (tmp_path / "bank.jsonl").read_text().splitlines()[1:]
        assert "".join(sorted(json.loads(one)["text"] for one in lines)) == texts


async def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left_beside_it(bank, memory, tmp_path):
    await bank.remember([memory("tea")])
    for _ in range(2):  # a new file, and one that is there
        os.chmod(tmp_path, 0o700)
        await bank.export(tmp_path / "bank.jsonl")
        assert stat.S_IMODE((tmp_path / "bank.jsonl").stat().st_mode) == 0o600
        assert os.listdir(tmp_path) == ["bank.jsonl"]
        (tmp_path / "bank.jsonl").chmod(0o644)


async def test_an_export_that_fails_leaves_the_old_file(bank, memory, tmp_path, monkeypatch):
    path = tmp_path / "bank.jsonl"
    path.write_text("as it was")
    await bank.remember([memory("tea")])

    async def gone(*_, **__):
        raise MemoryUnavailable("the home is gone")

    monkeypatch.setattr(bank.home, "scroll", gone)
    with pytest.raises(MemoryUnavailable, match="gone"):
        await bank.export(path)
    assert path.read_text() == "as it was"
    assert os.listdir(tmp_path) == ["bank.jsonl"]


async def test_a_place_where_no_file_can_be_is_named(bank, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "pipe", tmp_path / "no" / "folder.jsonl", tmp_path / "file" / "in it"):
        with pytest.raises(FileError) as refused:
            await bank.export(place)
        assert str(place) in str(refused.value)
        with pytest.raises(FileError) as refused:
            await bank.import_(place)
        assert str(place) in str(refused.value)
    assert (tmp_path / "pipe").is_fifo()


async def test_a_symbolic_link_stays_one(bank, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real.jsonl")
    await bank.export(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real.jsonl").is_file()


BROKEN = {
    "cut off": (line()[:-20], "no JSON"),
    "no object": ("[1]", "no JSON object"),
    "no id": (json.dumps({"text": "tea"}), "field id: "),
    "id that is none": (line(id="one"), "field id: "),
    "no text": (line(text=""), "field text: "),
    "text of another kind": (line(text=["tea"]), "field text: "),
    "turn below zero": (line(turn=-1), "field turn: "),
    "turn too large": (line(turn=2**63), "64 bits"),
    "moment without zone": (line(at="2026-01-01T00:00:00"), "field at: "),
    "moment that is none": (line(at="yesterday"), "field at: "),
    "observer without name": (line(observers=["holmes", ""]), "field observers.1: "),
    "unknown field": (line(colour="red"), "field colour: "),
    "flag that is none": (line(abandoned="perhaps"), "field abandoned: "),
    "half a character": (line(text="\ud800"), "surrogates not allowed"),
    "half a character in metadata": (line(metadata={"\udfff": 1}), "surrogates not allowed"),
    "not a number": (line(importance=float("nan")), "NaN is no number"),
    "more than certain": (line(confidence=1.5), "field confidence: "),
    "endless in metadata": (line(metadata={"a": 1}).replace("1}", "1e999}"), "field metadata"),
    "too deep": ("[" * 100_000, "no JSON"),
    "not utf-8": (b'{"text": "\xff"}', "no JSON"),
    "second header": (HEADER, "field id: "),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_line_is_named_and_nothing_is_written(bank, tmp_path, what, contents):
    broken, said = BROKEN[what]
    lines = [HEADER, *(line() for _ in range(300)), broken, line()]
    path = tmp_path / "bank.jsonl"
    path.write_bytes(b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines))
    with pytest.raises(FileError) as refused:
        await bank.import_(path)
    assert f"{path}, line 302" in str(refused.value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert await contents(bank.home) == {}


async def test_two_lines_with_one_id_are_refused(bank, tmp_path):
    path, twice = tmp_path / "bank.jsonl", line()
    path.write_text("\n".join([HEADER, twice, line(), twice]))
    with pytest.raises(FileError, match="line 4, field id"):
        await bank.import_(path)


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("", "no file of memories"),
        ("{}", "no file of memories"),
        ("hello", "no JSON"),
        ('{"roleplay": "memories"}', "field schema"),
        ('{"roleplay": "memories", "schema": "two"}', "field schema"),
        (json.dumps({"roleplay": "memories", "schema": SCHEMA_VERSION + 1, "new": 1}), "upgrade"),
        ('{"roleplay": "backup", "schema": 2}', "roleplay memory restore"),
        (line(), "no file of memories"),
    ],
)
async def test_a_file_that_is_none_of_ours_or_newer_is_refused(bank, tmp_path, first, said, contents):
    path = tmp_path / "bank.jsonl"
    path.write_text(first + "\n" + line())
    with pytest.raises(FileError, match=said) as refused:
        await bank.import_(path)
    assert str(path) in str(refused.value)
    assert await contents(bank.home) == {}


async def test_a_file_of_the_first_schema_is_read(bank, tmp_path, contents):
    old = {"id": str(uuid.uuid4()), "text": "tea", "kind": "turn", "speaker": "anna", "character": "holmes"}
    old |= {"user": "anna", "thread": "t1", "turn": 3, "session": None, "at": "2026-01-01T00:00:00Z"}
    old |= {"observers": None, "metadata": {}, "message_id": "m1", "retracted": True}
    (tmp_path / "old.jsonl").write_text('{"roleplay": "memories", "schema": 1}\n' + json.dumps(old))
    assert await bank.import_(tmp_path / "old.jsonl") == 1
    [(payload, _)] = (await contents(bank.home)).values()
    assert (payload["text"], payload["retracted"], payload["schema"]) == ("tea", 1, SCHEMA_VERSION)


async def test_what_editors_do_to_a_file_does_no_harm(bank, tmp_path):
    path = tmp_path / "bank.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([HEADER, "", line(), " ", line(), "", ""]).encode())
    assert await bank.import_(path) == 2


async def test_an_imported_successor_outdates_what_the_bank_has_and_the_other_way_round(bank, memory, tmp_path, scope):
    ids = [str(uuid.uuid4()) for _ in range(4)]
    await bank.remember([memory("she lives in Bath", id=ids[0]), memory("he keeps bees", supersedes=(ids[3],))])
    lines = [line(id=ids[1], text="she lives in York", supersedes=[ids[0], ids[2]])]
    lines += [line(id=ids[2], text="she lives in Hull"), line(id=ids[3], text="he keeps goats")]
    (tmp_path / "bank.jsonl").write_text("\n".join([HEADER, *lines]))
    await bank.import_(tmp_path / "bank.jsonl")
    hits = await bank.recall("she lives he keeps", scope=scope)
    assert {hit.memory.text for hit in hits} == {"she lives in York", "he keeps bees"}


async def test_what_was_read_just_before_it_was_replaced_is_outdated_all_the_same(bank, tmp_path, contents):
    old, new = line(text="tea"), line(text="coffee")
    replaced = json.loads(old)["id"]
    newer = json.dumps(json.loads(new) | {"supersedes": [replaced]})
    (tmp_path / "bank.jsonl").write_text("\n".join([HEADER, old, newer]))
    await bank.import_(tmp_path / "bank.jsonl")
    assert (await contents(bank.home))[replaced][0]["outdated"] == 1


async def test_a_memory_of_another_user_with_the_same_id_stays_theirs(bank, memory, tmp_path):
    theirs = memory("my secret", user="bob")
    await bank.remember([theirs])
    (tmp_path / "bank.jsonl").write_text("\n".join([HEADER, line(id=theirs.id, supersedes=[theirs.id])]))
    assert await bank.import_(tmp_path / "bank.jsonl") == 0
    assert [found async for found in bank.browse(Selection(user="bob"))] == [theirs]


@pytest.fixture
def at_page(bank, monkeypatch):
    """Have something happen before one of the pages of an export is read."""
    scroll = bank.home.scroll
    monkeypatch.setattr("langgraph_roleplay.memory.selecting._PAGE", 5)

    def arrange(number, happen):
        pages_read = 0

        async def scroll_while_others_write(*arguments, **options):
            nonlocal pages_read
            pages_read += 1
            if number in (pages_read, "each"):
                await happen()
            return await scroll(*arguments, **options)

        monkeypatch.setattr(bank.home, "scroll", scroll_while_others_write)

    return arrange


async def exported(bank, path):
    await bank.export(path, selection=Selection(user="anna"))
    return {fields["id"]: fields for fields in map(json.loads, path.read_text("utf-8").splitlines()[1:])}


@pytest.mark.parametrize("page", range(1, 8))
async def test_nothing_is_exported_without_what_it_rests_on(bank, memory, tmp_path, at_page, page):
    await bank.remember([memory(f"tea {number}") for number in range(12)])
    first = memory("first", id=str(uuid.UUID(int=0)))
    second = memory("second", evidence=(first.id,), id=str(uuid.UUID(int=1)))
    last = memory("last", supersedes=(second.id,), id=str(uuid.UUID(int=2**128 - 1)))
    at_page(page, lambda: bank.remember([first, second, last]))
    found = await exported(bank, tmp_path / "bank.jsonl")
    assert len(found) in (12, 15)


@pytest.mark.parametrize("page", range(1, 8))
async def test_what_changes_at_once_is_exported_as_one(bank, memory, tmp_path, at_page, page):
    ends = [memory("first", id=str(uuid.UUID(int=0)), message_id="a")]
    ends.append(memory("last", id=str(uuid.UUID(int=2**128 - 1)), message_id="b"))
    gone = [memory(f"forgotten {number}", message_id=f"c{number}") for number in range(6)]
    await bank.remember([*ends, *gone])

    async def change():
        await bank.home.mark(filters.among("anna", [one.id for one in ends]), {"retracted": 1})
        await bank.home.delete(filters.among("anna", [one.id for one in gone]))

    at_page(page, change)
    found = await exported(bank, tmp_path / "bank.jsonl")
    assert len({found[one.id]["retracted"] for one in ends}) == 1
    assert sum(one.id in found for one in gone) in (0, 6)


async def test_a_conversation_that_never_rests_is_exported_all_the_same(bank, memory, tmp_path, at_page):
    said = memory("tea", message_id="m1")
    await bank.remember([said, *(memory(f"tea {number}") for number in range(12))])
    flags = itertools.cycle([1, 0])
    at_page("each", lambda: bank.home.mark(filters.among("anna", [said.id]), {"retracted": next(flags)}))
    assert len(await exported(bank, tmp_path / "bank.jsonl")) == 13


async def test_the_event_loop_goes_on_while_files_are_read_and_written(bank, memory, tmp_path):
    from blockbuster import blockbuster_ctx

    await bank.remember([memory(word) for word in string.ascii_letters])
    with blockbuster_ctx("langgraph_roleplay.memory"):
        await bank.export(tmp_path / "bank.jsonl")
        assert await bank.import_(tmp_path / "bank.jsonl") == 0
