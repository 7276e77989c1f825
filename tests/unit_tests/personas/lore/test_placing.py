import pytest

SAID = ("a", "b", "c", "d", "key")


@pytest.mark.parametrize(
    ("decorators", "place", "depth", "role"),
    [
        ("", "after_char", 0, "system"),
        ("@@depth 2", "at_depth", 2, "system"),
        ("@@depth 99", "at_depth", 5, "system"),
        ("@@depth 0\n@@role assistant", "at_depth", 0, "assistant"),
        ("@@depth -3", "at_depth", 0, "system"),
        ("@@reverse_depth 1", "at_depth", 4, "system"),
        ("@@reverse_depth 99", "at_depth", 0, "system"),
        ("@@reverse_depth 0", "at_depth", 0, "system"),
        ("@@position before_desc", "before_char", 0, "system"),
        ("@@position after_desc\n@@depth 2", "after_char", 0, "system"),
        ("@@position personality", "personality", 0, "system"),
        ("@@position scenario", "scenario", 0, "system"),
        ("@@position elsewhere\n@@depth 1", "at_depth", 1, "system"),
        ("@@role user", "at_depth", 4, "user"),
    ],
)
def test_a_decorator_says_where_an_entry_stands(*, activate, book, entry, decorators, place, depth, role):
    (active,) = activate(book(entry("key", content=f"{decorators}\nLore.")), said=SAID).entries
    assert (active.place, active.depth, active.role) == (place, depth, role)


@pytest.mark.parametrize(
    ("fields", "place", "depth", "role", "outlet"),
    [
        ({"position": 0}, "before_char", 0, "system", ""),
        ({"position": 1}, "after_char", 0, "system", ""),
        ({"position": 2}, "before_note", 0, "system", ""),
        ({"position": 3}, "after_note", 0, "system", ""),
        ({"position": 4}, "at_depth", 4, "system", ""),
        ({"position": 4, "depth": 1, "role": 2}, "at_depth", 1, "assistant", ""),
        ({"position": 4, "depth": 0, "role": 1}, "at_depth", 0, "user", ""),
        ({"position": 1, "depth": 3, "role": 1}, "after_char", 0, "system", ""),
        ({"position": 5}, "before_examples", 0, "system", ""),
        ({"position": 6}, "after_examples", 0, "system", ""),
        ({"position": 7, "outlet_name": "weather"}, "outlet", 0, "system", "weather"),
        ({"position": 8}, "after_char", 0, "system", ""),
        ({"position": "x", "depth": "y", "role": []}, "after_char", 0, "system", ""),
    ],
)
def test_sillytavern_says_where_by_number(*, activate, book, entry, fields, place, depth, role, outlet):
    (active,) = activate(book(entry("key", extensions=fields), dialect="sillytavern"), said=SAID).entries
    assert (active.place, active.depth, active.role, active.outlet) == (place, depth, role, outlet)


def test_a_role_by_decorator_comes_before_the_one_that_is_noted(activate, book, entry):
    noted = entry("key", content="@@role user\nLore.", extensions={"position": 4, "depth": 1, "role": 2})
    (active,) = activate(book(noted, dialect="sillytavern"), said=SAID).entries
    assert (active.place, active.depth, active.role) == ("at_depth", 1, "user")


@pytest.mark.parametrize(
    ("position", "place"), [("before_char", "before_char"), ("after_char", "after_char"), ("", "after_char")]
)
def test_the_spec_says_where_by_name(activate, book, entry, position, place):
    (active,) = activate(book(entry("key", position=position)), said=SAID).entries
    assert active.place == place


def test_risuai_has_places_with_names_and_an_end(activate, book, entry):
    entries = [entry("key", content="@@position pt_lore\nA"), entry("key", content="@@end\nB")]
    outlet, end = activate(book(*entries, dialect="risuai"), said=SAID).entries
    assert (outlet.place, outlet.outlet) == ("outlet", "pt_lore")
    assert (end.place, end.depth) == ("at_depth", 0)


def test_entries_stand_by_their_order_lower_first(called, book, entry):
    entries = [entry("key", content=f"{order}", insertion_order=order) for order in (3, 1, 2)]
    assert called(book(*entries), said="key") == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("more", "steady"),
    [
        ({}, True),
        ({"content": "@@ignore_on_max_context\nLore."}, True),
        ({"content": "@@activate_only_every 2\nLore."}, False),
        ({"content": "@@reverse_depth 2\nLore."}, False),
        ({"content": "@@dont_activate_after_match\nLore."}, False),
        ({"extensions": {"probability": 50}}, False),
        ({"extensions": {"group": "one"}}, False),
        ({"extensions": {"cooldown": 1}}, False),
        ({"extensions": {"triggers": ["normal"]}}, False),
    ],
)
def test_a_constant_is_called_so_only_where_it_is_in_every_prompt(activate, book, entry, more, steady):
    constant = entry("key", constant=True).model_copy(update=more)
    entries = activate(book(constant), seed="3", said=SAID).entries
    assert [active.constant for active in entries] in ([steady], [])
