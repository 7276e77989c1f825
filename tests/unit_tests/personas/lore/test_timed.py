import json

import pytest

KEYS = tuple("abcdefghij")


def talk(count):
    """A conversation of `count` messages, the first of which has the key."""
    return ("key", *["x"] * (count - 1))


def run(activate, lore, *, fired_at=1, now, state=None, **more):
    """Let the entry fire when there are `fired_at` messages, and ask again when there are `now`."""
    said = ["x"] * now
    said[fired_at - 1] = "key"
    state = activate(lore, said=said[:fired_at], state=state, **more).state
    json.dumps(state)
    return activate(lore, said=said, state=state, **more)


@pytest.mark.parametrize(
    ("extensions", "now", "active"),
    [
        ({}, 3, False),
        ({"sticky": 3}, 2, True),
        ({"sticky": 3}, 3, True),
        ({"sticky": 3}, 4, False),
        ({"sticky": None}, 3, False),
    ],
)
def test_a_sticky_entry_stays_for_so_many_messages(*, activate, book, entry, extensions, now, active):
    outcome = run(activate, book(entry("key", extensions=extensions), scan_depth=1), now=now)
    assert bool(outcome.entries) is active
    if active:
        assert outcome.entries[0].why == f"still on: it fired {now - 1} messages ago"


@pytest.mark.parametrize(
    ("extensions", "now", "active"),
    [
        ({"cooldown": 2}, 2, False),
        ({"cooldown": 2}, 3, True),
        ({"sticky": 2, "cooldown": 2}, 2, True),
        ({"sticky": 2, "cooldown": 2}, 3, False),
        ({"sticky": 2, "cooldown": 2}, 4, False),
        ({"sticky": 2, "cooldown": 2}, 5, True),
    ],
)
def test_an_entry_rests_once_it_is_not_sticky_any_more(*, activate, book, entry, extensions, now, active):
    outcome = run(activate, book(entry("key", extensions=extensions), scan_depth=99), now=now)
    assert bool(outcome.entries) is active
    assert [out.why for out in outcome.left_out] == ([] if active else [f"rests: it fired {now - 1} messages ago"])


def test_what_is_on_is_not_prolonged_by_its_key(activate, book, entry):
    lore = book(entry("key", extensions={"sticky": 3, "cooldown": 2}), scan_depth=1)
    state = activate(lore, said=("key",)).state
    again = activate(lore, said=("key", "x", "key"), state=state)
    assert again.entries
    assert again.state == state
    assert not activate(lore, said=("key", "x", "key", "key"), state=again.state).entries


def test_a_delayed_entry_waits_for_messages(activate, book, entry):
    lore = book(entry("key", extensions={"delay": 3}), scan_depth=9)
    early = activate(lore, said=talk(2))
    assert early.entries == ()
    assert early.left_out[0].why == "waits until there are 3 messages"
    assert activate(lore, said=talk(3)).entries


@pytest.mark.parametrize("now", [2, 3, 50])
def test_a_first_match_turns_an_entry_on_or_off_for_good(activate, book, entry, now):
    on = book(entry("key", content="@@keep_activate_after_match\nLore."), scan_depth=1)
    off = book(entry("key", content="@@dont_activate_after_match\nLore."), scan_depth=99)
    assert run(activate, on, now=now).entries
    assert not run(activate, off, now=now).entries
    assert not activate(on, said=["x"] * now).entries
    assert activate(off, said=talk(now)).entries


@pytest.mark.parametrize("decorator", ["keep_activate_after_match", "dont_activate_after_match"])
def test_one_match_is_enough_for_what_comes_after(activate, book, entry, decorator):
    lore = book(entry("key", content=f"@@{decorator}\nLore."), scan_depth=1)
    state = activate(lore, said="key").state
    assert bool(activate(lore, said=("key", "x", "key"), state=state).entries) is decorator.startswith("keep")


def test_what_an_entry_remembers_does_not_leak_to_the_next(called, activate, book, entry):
    lore = book(
        entry("key", content="@@dont_activate_after_match\nOnce."), entry("key", content="Ever."), dialect="risuai"
    )
    state = activate(lore, said="key").state
    assert called(lore, said=("key", "x", "key"), state=state) == ["Ever."]


class TestBranches:
    @pytest.fixture
    def lore(self, book, entry):
        return book(entry("key", extensions={"sticky": 9}), scan_depth=1)

    def test_a_swipe_asks_anew(self, activate, book, entry):
        lore = book(entry("key", extensions={"cooldown": 9}))
        first = activate(lore, said="key", branch=KEYS[:1])
        again = activate(lore, said="key", branch=KEYS[:1], state=first.state)
        assert again == first

    def test_an_edited_message_never_called(self, activate, lore):
        state = activate(lore, said="key", branch=KEYS[:1]).state
        edited = activate(lore, said=("x", "y", "z"), branch=("A", "B", "C"), state=state)
        assert edited.entries == ()
        assert edited.state == {}

    def test_a_deleted_message_never_called(self, activate, lore):
        state = activate(lore, said=("x", "y", "key"), branch=KEYS[:3]).state
        assert activate(lore, said="x", branch=KEYS[:1], state=state).state == {}

    def test_a_branch_has_what_fired_before_the_fork_and_not_what_fired_after(self, activate, lore):
        before = activate(lore, said="key", branch=KEYS[:1]).state
        after = activate(lore, said=("x", "y", "key"), branch=KEYS[:3]).state
        fork = {"said": ("x", "y", "z", "w", "v"), "branch": ("a", "b", "C", "D", "E")}
        assert activate(lore, state=before, **fork).entries
        assert not activate(lore, state=after, **fork).entries

    def test_without_keys_the_number_of_messages_decides(self, activate, lore):
        state = activate(lore, said=("x", "y", "key")).state
        assert activate(lore, said=["x"] * 5, state=state).entries
        assert not activate(lore, said=("x", "y"), state=state).entries


@pytest.mark.parametrize("edit", [{"content": "New."}, {"keys": ("new",)}])
def test_editing_an_entry_cancels_what_it_remembers(activate, book, entry, edit):
    old = entry("key", id=1, extensions={"sticky": 9})
    state = activate(book(old), said="key").state
    new = book(old.model_copy(update=edit), scan_depth=1)
    assert activate(book(old, scan_depth=1), said=("x", "y", "z"), state=state).entries
    assert activate(new, said=("x", "y", "z"), state=state).state == {}


def test_the_state_forgets_what_does_not_matter_any_more(activate, book, entry):
    lore = book(entry("key", id=1, extensions={"sticky": 2}), scan_depth=1)
    state = activate(lore, said="key").state
    assert state
    assert activate(lore, said=["x"] * 9, state=state).state == {}
    assert activate(book(), said=["x", "y"], state=state).state == {}


@pytest.mark.parametrize(
    "broken", [None, 3, [], "x", {"n": "1"}, {"n": 10**400}, {"n": -1}, {"n": 1.5, "hash": 2, "at": []}, {}]
)
def test_a_broken_state_is_no_state(activate, book, entry, broken):
    lore = book(entry("key", id=1, extensions={"sticky": 9}), name="w", scan_depth=1)
    assert activate(lore, said=["x"] * 3, state={"w/1": broken}).entries == ()
