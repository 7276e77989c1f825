"""What holds of the engine whatever books and conversations it is given."""

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_roleplay.personas import Lorebook, LoreEntry
from langgraph_roleplay.personas.lore import LoreScan, ScannedMessage, activate_lore, compile_lore

DIALECTS = ("spec", "sillytavern", "risuai", "agnai")
WORDS = ("king", "queen", "red king", "fog", "师父", "été", "C++", "a", "Fog")
texts = st.lists(st.sampled_from([*WORDS, "foggy", "Kings", ".", "-", "{{user}}"]), max_size=12).map(" ".join)
conversations = st.lists(texts, min_size=1, max_size=6)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=3,
)
NAMES = (
    "position depth role probability useProbability selectiveLogic group group_weight group_override sticky cooldown "
    "delay scan_depth use_group_scoring match_whole_words case_sensitive exclude_recursion prevent_recursion triggers "
    "delay_until_recursion vectorized ignore_budget outlet_name character_filter match_scenario"
)
names = st.sampled_from(NAMES.split())
sensible = st.fixed_dictionaries(
    {},
    optional={
        "sticky": st.integers(0, 4),
        "cooldown": st.integers(0, 4),
        "delay": st.integers(0, 4),
        "probability": st.integers(0, 100),
        "group": st.sampled_from(["", "a", "a,b"]),
        "selectiveLogic": st.integers(0, 3),
        "delay_until_recursion": st.integers(0, 2),
        "scan_depth": st.integers(0, 4),
        "match_whole_words": st.booleans(),
    },
)
decorators = st.lists(
    st.sampled_from(["@@depth 2", "@@activate", "@@@role user", "@@x", "@@additional_keys fog", "@@depth"]), max_size=3
)


@st.composite
def entries(draw, extensions=sensible):
    content = "\n".join([*draw(decorators), draw(texts)])
    return LoreEntry(
        keys=tuple(draw(st.lists(st.sampled_from([*WORDS, "/fo(?=g)/", "/(/", "", "{{char}}"]), max_size=3))),
        secondary_keys=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=2))),
        content=content,
        extensions=draw(extensions),
        enabled=draw(st.booleans()),
        constant=draw(st.booleans()),
        selective=draw(st.booleans()),
        use_regex=draw(st.booleans()),
        insertion_order=draw(st.integers(-3, 3)),
        priority=draw(st.none() | st.integers(-3, 3)),
    )


@st.composite
def books(draw, one_entry=entries()):  # noqa: B008 - a strategy is a description, made once on purpose
    return Lorebook(
        entries=tuple(draw(st.lists(one_entry, max_size=6))),
        extensions={"langgraph_roleplay": {"dialect": draw(st.sampled_from(DIALECTS))}},
        token_budget=draw(st.none() | st.integers(0, 30)),
        recursive_scanning=draw(st.none() | st.booleans()),
        scan_depth=draw(st.none() | st.integers(0, 5)),
    )


def scan_of(said):
    return LoreScan(messages=[ScannedMessage("user", "Ann", text) for text in said], char="Bea", user="Ann")


def tokens(text):
    return len(text.split())


@given(st.lists(books(), max_size=3), conversations, st.integers(0, 40))
@settings(max_examples=80, deadline=None)
def test_the_same_seed_gives_the_same_lore_within_its_budget_and_nothing_disabled(lorebooks, said, budget):
    lore = compile_lore(lorebooks)
    runs = [
        activate_lore(lore, scan_of(said), state={}, seed="s", budget=budget, count=tokens),
        activate_lore(compile_lore(lorebooks), scan_of(said), state={}, seed="s", budget=budget, count=tokens),
    ]
    assert runs[0] == runs[1]
    active = runs[0].entries
    assert sum(tokens(entry.text) for entry in active) <= budget
    assert len({entry.uid for entry in active}) == len(active) == len({entry.text.strip() for entry in active})
    assert [entry.order for entry in active] == sorted(entry.order for entry in active)
    assert not {entry.uid for entry in active} & {out.uid for out in runs[0].left_out}
    enabled = "\n".join(entry.content for book in lorebooks for entry in book.entries if entry.enabled)
    assert all(entry.text in enabled for entry in active)


@given(books(), st.lists(texts, min_size=8, max_size=8))
@settings(max_examples=30, deadline=None)
def test_the_state_stays_small_and_is_plain_json(book, said):
    lore, state = compile_lore([book]), {}
    for length in range(1, len(said) + 1):
        state = activate_lore(lore, scan_of(said[:length]), state=state, seed=str(length)).state
        assert json.loads(json.dumps(state)) == state
        assert state.keys() <= {entry.uid for entry in lore.entries}


@given(st.dictionaries(names, junk, max_size=6), st.text(max_size=30), st.text(max_size=10), conversations)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_that_a_stranger_writes_raises(dialect, extensions, content, key, said):
    entry = LoreEntry(
        keys=(key, f"/{key}/i"), content=f"@@{content}\n{content}x", extensions=extensions, use_regex=True
    )
    note = {"langgraph_roleplay": {"dialect": dialect}}
    book = Lorebook(entries=(entry, LoreEntry(keys=(key,), content="y", constant=True)), extensions=note)
    outcome = activate_lore(compile_lore([book]), scan_of([*said, content]), state={"/": extensions}, seed=content)
    json.dumps(outcome.state)


@given(st.lists(entries(), max_size=6, unique_by=lambda entry: entry.insertion_order), conversations, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_a_book_lists_its_entries_does_not_matter(listed, said, shuffler):
    listed = [entry.model_copy(update={"id": place, "priority": None}) for place, entry in enumerate(listed)]
    shuffled = list(listed)
    shuffler.shuffle(shuffled)

    def run(of):
        lore = compile_lore([Lorebook(entries=tuple(of), token_budget=9, recursive_scanning=True)])
        return {entry.uid for entry in activate_lore(lore, scan_of(said), state={}, seed="s").entries}

    assert run(listed) == run(shuffled)


def naive(book, said, depth):
    """Plain keys as whole words, one after the other."""

    def is_said(key, text):
        key, text = key.strip().casefold(), text.casefold()
        word = r"[^\W\u3400-\u9fff]"
        left, right = ("", "") if re.search("[\u3400-\u9fff]", key) else (f"(?<!{word})", f"(?!{word})")
        return bool(key) and re.search(f"{left}{re.escape(key)}{right}", text) is not None

    recent = said[-depth:]
    return {
        entry.content
        for entry in book.entries
        if any(is_said(key, text) for key in entry.keys for text in recent)
        and (not entry.selective or any(is_said(key, text) for key in entry.secondary_keys for text in recent))
    }


@given(st.integers(0, 10**6), conversations, st.integers(1, 6))
@settings(max_examples=80, deadline=None)
def test_plain_keys_match_as_a_slow_reader_would(number, said, depth):
    dice = random.Random(number)
    plain = [word for word in WORDS if "{" not in word]
    book = Lorebook(
        scan_depth=depth,
        entries=tuple(
            LoreEntry(
                keys=tuple(dice.choices(plain, k=dice.randint(0, 3))),
                secondary_keys=tuple(dice.choices(plain, k=2)),
                selective=dice.random() < 0.5,
                content=f"Lore {place}.",
            )
            for place in range(20)
        ),
    )
    active = activate_lore(compile_lore([book]), scan_of(said), state={}, seed="s").entries
    assert {entry.text for entry in active} == naive(book, said, depth)


def test_uids_are_book_and_id_or_a_hash_and_never_twice_the_same(entry):
    lore = compile_lore(
        [
            Lorebook(name="My  world", entries=(entry("a", id=3), entry("b", id=3), entry("c"), entry("c"))),
            Lorebook(name="My world", entries=(entry("d", id="3"),)),
        ]
    )
    uids = [compiled.uid for compiled in lore.entries]
    assert uids[0] == "My world/3"
    assert len(set(uids)) == len(uids) == 5
    assert lore.text("My world/3") == "A"
    assert lore.text("nobody") is None


def test_the_uid_of_an_entry_without_id_stays_when_others_come_and_go(entry):
    first = compile_lore([Lorebook(entries=(entry("a"), entry("b")))])
    second = compile_lore([Lorebook(entries=(entry("c"), entry("b")))])
    assert first.entries[1].uid == second.entries[1].uid


def test_a_lore_tells_what_may_be_found_by_meaning(book, entry):
    lore = compile_lore([book(entry("a", content="@@depth 1\nA.", extensions={"vectorized": True}), entry("b"))])
    assert [(compiled.content, compiled.vectorized) for compiled in lore.entries] == [("A.", True), ("B", False)]


def test_reports_of_what_was_left_out_stay_short(activate, book, entry):
    many = [entry("key", content=f"{place}", extensions={"probability": 0}) for place in range(300)]
    assert len(activate(book(*many), said="key").left_out) == 100
