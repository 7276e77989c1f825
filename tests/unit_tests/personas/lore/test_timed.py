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


def spoken(count):
    """Keys of a branch on which user and character take turns."""
    return tuple(f"{'ah'[number % 2]}{number}" for number in range(1, count + 1))


class TestTrimming:
    """A host that keeps the newest messages only does not change how long a conversation is."""

    LONG = ["x"] * 40

    def run(self, activate, lore, said, *, branch, state=None):
        return activate(lore, said=said, branch=spoken(branch), state=state)

    @pytest.mark.parametrize(
        ("extensions", "content", "line", "active"),
        [
            ({"sticky": 9}, "Lore.", "x", True),
            ({"sticky": 2}, "Lore.", "x", False),
            ({"cooldown": 9}, "Lore.", "key", False),
            ({"cooldown": 2}, "Lore.", "key", True),
            ({}, "@@keep_activate_after_match\nLore.", "x", True),
            ({}, "@@dont_activate_after_match\nLore.", "key", False),
        ],
    )
    @pytest.mark.parametrize("kept", [43, 6, 1])
    def test_what_fired_has_fired(self, *, activate, book, entry, extensions, content, line, active, kept):
        lore = book(entry("key", content=content, extensions=extensions), scan_depth=1)
        state = self.run(activate, lore, [*self.LONG, "key"], branch=41).state
        now = [*self.LONG, "key", "x", line][-kept:]
        assert bool(self.run(activate, lore, now, branch=43, state=state).entries) is active

    @pytest.mark.parametrize("kept", [41, 3])
    def test_delays_and_replies_count_what_was_trimmed(self, *, called, book, entry, kept):
        late = entry("key", content="late", extensions={"delay": 41})
        later = entry("key", content="later", extensions={"delay": 42})
        after = entry("key", content="@@activate_only_after 20\nafter")
        after_more = entry("key", content="@@activate_only_after 21\nafter more")
        every = entry("key", content="@@activate_only_every 10\nevery")
        lore = book(late, later, after, after_more, every)
        said = [*self.LONG, "key"][-kept:]
        assert called(lore, said=said, branch=spoken(41)) == ["late", "after", "every"]

    def test_marks_are_at_the_message_that_called(self, activate, book, entry):
        lore = book(entry("key", extensions={"sticky": 9}), name="w", scan_depth=1)
        (mark,) = self.run(activate, lore, ["x", "key"], branch=41).state.values()
        assert (mark["n"], mark["at"]) == (41, "h41")

    @pytest.mark.parametrize("kept", [41, 3])
    def test_depth_from_the_oldest_counts_what_was_trimmed(self, activate, book, entry, kept):
        lore = book(entry("key", content="@@reverse_depth 2\nLore."))
        (active,) = self.run(activate, lore, [*self.LONG, "key"][-kept:], branch=41).entries
        assert active.depth == 39


class TestCarryingOn:
    """A reply that is carried on becomes another message under another key."""

    @pytest.mark.parametrize(
        ("content", "extensions", "active"),
        [
            ("Lore.", {"sticky": 9}, True),
            ("@@keep_activate_after_match\nLore.", {}, True),
            ("@@dont_activate_after_match\nLore.", {}, False),
            ("Lore.", {"cooldown": 9}, False),
        ],
    )
    def test_what_fired_then_has_fired(self, *, activate, book, entry, content, extensions, active):
        lore = book(entry("key", content=content, extensions=extensions), scan_depth=1)
        first = activate(lore, said=("x", "key"), branch=("h1", "a2"), trigger="continue")
        assert first.entries
        said = ("x", "key and more", "y" if active else "key")
        assert bool(activate(lore, said=said, branch=("h1", "A2", "h3"), state=first.state).entries) is active

    def test_a_reply_that_is_taken_back_took_it_along(self, activate, book, entry):
        lore = book(entry("key", extensions={"sticky": 9}), scan_depth=1)
        state = activate(lore, said=("x", "key"), branch=("h1", "a2"), trigger="continue").state
        assert activate(lore, said="x", branch=("h1",), state=state).state == {}


def test_an_entry_that_waits_for_recursion_stays_on_without_it(called, activate, book, entry):
    moon = entry("moon", content="Moon.", extensions={"delay_until_recursion": 1, "sticky": 6})
    lore = book(entry("wolf", content="The moon."), moon, scan_depth=1, recursive_scanning=True)
    state = activate(lore, said="wolf").state
    assert called(lore, said=("wolf", "x", "y"), state=state) == ["Moon."]
    assert called(lore, said=("wolf", "x", "moon")) == []


def test_what_is_remembered_does_not_grow_without_end(activate, book, entry):
    lore = book(*(entry("key", content=f"@@dont_activate_after_match\n{place}") for place in range(1200)))
    assert len(activate(lore, said="key").state) == 1000
