import pytest

ALL_DIALECTS = ("spec", "sillytavern", "risuai", "agnai")


@pytest.mark.parametrize(
    ("key", "text", "matches"),
    [
        ("violin", "Play the violin!", True),
        ("violin", "VIOLIN", True),
        ("violin", "two violins", False),
        ("cat", "concatenate", False),
        ("Baker Street", "at Baker Street.", True),
        ("Baker Street", "at Baker Streets.", False),
        ("C++", "I write C++ code", True),
        ("snake_case", "a snake_case name", True),
        ("case", "a snake_case name", False),
        ("师父", "我师父说的", True),
        ("violin", "他拉violin呢", True),
        ("侍", "七人の侍がいた", True),
        ("𠮷野", "昨日𠮷野家で食べた", True),
        ("มังกร", "ฉันเห็นมังกรเมื่อวาน", True),
        ("มังก", "มังกี้", False),
        ("ມັງກອນ", "ຂ້ອຍເຫັນມັງກອນມື້ວານ", True),
        ("នាគ", "ខ្ញុំឃើញនាគម្សិលមិញ", True),
        ("နဂါး", "မနေ့ကနဂါးကိုတွေ့တယ်", True),
        ("क", "किताब", False),
        ("ताब", "किताब", False),
        ("किताब", "यह किताब है", True),
        ("किताब", "किताबें", False),
        ("❤", "I ❤\ufe0f you", True),
        ("été", "l'été dernier", True),
        ("ete", "l'été dernier", False),
        ("straße", "in der STRASSE", True),
        ("king", "Кинг и king", True),
        ("Кот", "котел", False),
        ("  violin ", "a violin", True),
        ("", "anything", False),
        ("   ", "any   thing", False),
        ("\u200b", "anything", False),
        ("a.c", "abc", False),
        ("violin", "vio\u200blin", True),
        ("vio\u00adlin", "violin", True),
        ("violin", "ｖｉｏｌｉｎ", True),
        ("ﬁre", "fire", True),
        ("fire", "a \ud800fire", True),
    ],
)
def test_a_key_matches_whole_words_and_any_part_where_words_are_not_set_apart(
    *, called, book, entry, key, text, matches
):
    assert bool(called(book(entry(key, content="Lore.")), said=text)) is matches


@pytest.mark.parametrize(
    ("entry_says", "text", "matches"),
    [
        ({"case_sensitive": True}, "art", False),
        ({"case_sensitive": True}, "Art", True),
        ({"case_sensitive": False}, "ART", True),
        ({"extensions": {"case_sensitive": True}}, "art", False),
        ({"extensions": {"match_whole_words": False}}, "Arthur", True),
        ({"extensions": {"match_whole_words": True}}, "Arthur", False),
    ],
)
def test_an_entry_says_whether_case_and_whole_words_matter(*, called, book, entry, entry_says, text, matches):
    assert bool(called(book(entry("Art", **entry_says)), said=text)) is matches


@pytest.mark.parametrize(("logic", "name"), [(0, "and any"), (1, "not all"), (2, "not any"), (3, "and all")], ids=str)
@pytest.mark.parametrize("text", ["key", "key one", "key two", "key one two", "one two"])
def test_secondary_keys_count_in_four_ways(*, called, book, entry, logic, name, text):
    found = sum(word in text.split() for word in ("one", "two"))
    expected = {"and any": found > 0, "not all": found < 2, "not any": found == 0, "and all": found == 2}[name]
    selective = entry("key", secondary_keys=("one", "two"), selective=True, extensions={"selectiveLogic": logic})
    active = called(book(selective, dialect="sillytavern"), said=text)
    assert bool(active) is (expected and "key" in text.split())


def test_secondary_keys_of_an_entry_that_is_not_selective_do_not_count(called, book, entry):
    assert called(book(entry("key", secondary_keys=("never",))), said="key") == ["KEY"]


def test_keys_are_looked_for_as_far_back_as_book_or_entry_says(called, book, entry):
    said = ("old", "middle", "new")
    entries = [entry("old"), entry("middle"), entry("new"), entry("old", content="deep", extensions={"scan_depth": 9})]
    assert called(book(*entries, scan_depth=2), said=said) == ["MIDDLE", "NEW", "deep"]
    assert called(book(*entries, scan_depth=0), said=said) == ["deep"]


def test_a_key_may_stand_in_other_texts_that_the_entry_names(called, book, entry):
    sources = {"user_persona": "Ann owns a violin.", "scenario": "A foggy day."}
    asking = entry("violin", content="persona", extensions={"match_persona_description": True})
    elsewhere = entry("violin", content="scenario", extensions={"match_scenario": True})
    assert called(book(asking, elsewhere, entry("violin")), said="Hello.", sources=sources) == ["persona"]


@pytest.mark.parametrize("key", ["{{user}}", "{{USER}}", "<user>", "friend of {{user}}", "/friend of {{user}}/i"])
def test_names_are_put_in_for_macros_in_keys(called, book, entry, key):
    lore = book(entry(key, content="Lore.", use_regex=key.startswith("/")))
    assert called(lore, said="a friend of (Zoe)", user="(Zoe)") == ["Lore."]
    assert called(lore, said="a friend of (Zoe)", user="Max") == []


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("{{// violin}}", False),
        ("{{comment: violin}}", False),
        ("{{hidden_key:violin}}", False),
        ("{{// x}}violin", True),
    ],
)
def test_comments_and_hidden_keys_of_messages_are_not_matched(called, book, entry, text, matches):
    assert bool(called(book(entry("violin")), said=text)) is matches


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "key 'violin' in the last message"),
        ({"keys": ("fog",)}, "key 'fog' in the message 1 before the last"),
        (
            {"selective": True, "secondary_keys": ("fog",)},
            "key 'violin' in the last message with 'fog' in the message 1 before the last",
        ),
        ({"constant": True}, "always"),
        (
            {"keys": ("sea",), "extensions": {"match_scenario": True}},
            "key 'sea' in the scenario",
        ),
    ],
)
def test_the_reason_names_key_and_place(activate, book, entry, more, why):
    violin = entry("violin").model_copy(update=more)
    outcome = activate(book(violin), said=("fog", "a violin"), sources={"scenario": "At sea."})
    assert [active.why for active in outcome.entries] == [why]


@pytest.mark.parametrize("dialect", ALL_DIALECTS)
@pytest.mark.parametrize("never", [{"enabled": False, "constant": True}, {"content": "", "constant": True}])
def test_a_disabled_or_empty_entry_is_never_in(called, book, entry, dialect, never):
    assert called(book(entry("violin").model_copy(update=never), dialect=dialect), said="violin") == []


def test_an_entry_found_by_meaning_needs_no_key(activate, book, entry):
    lore = book(entry("violin", id=7), name="World")
    outcome = activate(lore, said="music", found={"World/7": 0.8, "nobody": 1.0})
    assert [(active.text, active.why) for active in outcome.entries] == [("VIOLIN", "found by meaning (0.80)")]
