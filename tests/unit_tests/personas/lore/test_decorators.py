import pytest

from langgraph_roleplay.personas.lore.decorators import parse_decorators


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("@@depth 2\nLore.", "Lore."),
        ("@@depth 2\n\n@@role user\n\nLore.\n\n", "Lore."),
        ("\n@@activate\nLore.\nMore.", "Lore.\nMore."),
        ("@@unknown thing\nLore.", "Lore."),
        ("@@level2_note thing\n@@2nd\nLore.", "Lore."),
        ("Lore.\n@@depth 2", "Lore.\n@@depth 2"),
        ("@everyone\nLore.", "@everyone\nLore."),
        ("@@@@@@@@\nLore.", "@@@@@@@@\nLore."),
        ("  Lore.  \n", "  Lore.  \n"),
        ("@@depth 2", ""),
        ("@@depth 2\r\nLore.\r\n", "Lore."),
    ],
)
def test_decorators_are_no_part_of_the_content(content, text):
    assert parse_decorators(content)[1] == text


@pytest.mark.parametrize(
    ("content", "depth"),
    [
        ("@@depth 2\n@@depth 5\nLore.", 2),
        ("@@depth two\n@@depth 5\nLore.", 5),
        ("@@depth\nLore.", None),
        ("@@DEPTH 3\nLore.", 3),
        ("@@depth -1\nLore.", -1),
        ("@@new_thing 1\n@@@depth 4\nLore.", 4),
        ("@@depth 2\n@@@depth 4\nLore.", 2),
        ("@@new_thing\n@@@newer\n@@@newest 1\n@@@other\n@@@depth 4\n@@@depth 9\nLore.", 4),
        ("@@instruct_depth 100\n@@@depth 4\nLore.", 4),
        ("@@role nobody\n@@@depth 4\nLore.", 4),
        ("@@activate\n@@@depth 4\nLore.", None),
        ("@@@depth 4\nLore.", 4),
        ("@@depth 99999999999999999999\nLore.", None),
    ],
)
def test_the_first_that_is_understood_counts_and_a_fallback_only_below_one_that_is_not(content, depth):
    assert parse_decorators(content)[0].number("depth") == depth


@pytest.mark.parametrize(
    ("decorators", "said", "more", "active"),
    [
        ("@@activate", "nothing", {}, True),
        ("@@dont_activate", "key", {}, False),
        ("@@dont_activate\n@@activate", "nothing", {}, True),
        ("@@scan_depth 1", ("key", "a", "b"), {}, False),
        ("@@scan_depth 3", ("key", "a", "b"), {}, True),
        ("@@activate_only_after 1", "key", {}, False),
        ("@@activate_only_after 1", ("a", "b", "key"), {}, True),
        ("@@activate_only_every 2", ("a", "b", "key"), {}, False),
        ("@@activate_only_every 2", ("a", "b", "c", "d", "key"), {}, True),
        ("@@activate_only_every 0", "key", {}, True),
        ("@@is_greeting 1", "key", {"greeting": 1}, True),
        ("@@is_greeting 1", "key", {"greeting": 0}, False),
        ("@@is_greeting 0", "key", {}, False),
        ("@@is_user_icon ann", "key", {}, True),
        ("@@is_user_icon ann", "key", {"sources": {"user_icon": "formal"}}, False),
        ("@@is_user_icon formal", "key", {"sources": {"user_icon": "Formal"}}, True),
        ("@@additional_keys fog, rain", "key", {}, False),
        ("@@additional_keys fog, rain", "key rain", {}, True),
        ("@@additional_keys fog\n@@additional_keys rain", "key rain", {}, False),
        ("@@additional_keys fog\n@@additional_keys rain", "key rain fog", {}, True),
        ("@@exclude_keys fog, rain", "key", {}, True),
        ("@@exclude_keys fog, rain", "key rain", {}, False),
        ("@@disable_ui_prompt system_prompt", "key", {}, True),
        ("@@is_greeting 1\n@@activate", "key", {"greeting": 0}, False),
    ],
)
def test_a_decorator_says_when_an_entry_is_active(*, called, book, entry, decorators, said, more, active):
    lore = book(entry("key", content=f"{decorators}\nLore."))
    assert called(lore, said=said, **more) == (["Lore."] if active else [])


@pytest.mark.parametrize(
    ("decorators", "said", "risu", "spec"),
    [
        ("@@exclude_keys_all fog,rain", "key fog", True, True),
        ("@@exclude_keys_all fog,rain", "key fog rain", False, True),
        ("@@match_full_word", "keys", False, False),
        ("@@match_partial_word", "keys", True, False),
        ("@@probability 0", "key", False, True),
        ("@@probability 100", "key", True, True),
        ("@@is_user_icon nobody", "key", True, False),
        ("@@inject_lore other", "key", True, True),
    ],
)
def test_risuai_knows_decorators_of_its_own(*, called, book, entry, decorators, said, risu, spec):
    marked = entry("key", content=f"{decorators}\nLore.")
    assert called(book(marked, dialect="risuai"), said=said) == (["Lore."] if risu else [])
    assert called(book(marked), said=said) == (["Lore."] if spec else [])


def test_excluded_keys_do_not_hold_a_pattern_back(called, book, entry):
    assert called(book(entry("k.y", content="@@exclude_keys fog\nLore.", use_regex=True)), said="key fog") == ["Lore."]
