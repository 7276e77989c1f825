import io
import json
import pickle
import tempfile
from pathlib import Path

import pytest
import tavern_card
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_roleplay.evals.trials.card_corpus import containers, profiles, real_cards
from langgraph_roleplay.personas import load_persona, save_persona

SUFFIXES = ("json", "png", "apng", "charx")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
unknown = st.dictionaries(text.map(lambda name: f"x_{name}"), json_values, max_size=3)


def part(**known):
    """An object with these fields or without them, and some that nobody knows."""
    return st.fixed_dictionaries({}, optional=known).flatmap(lambda some: unknown.map(lambda more: {**more, **some}))


def entries():
    return part(
        keys=st.lists(text, max_size=2),
        content=text,
        extensions=unknown,
        enabled=st.booleans(),
        insertion_order=st.integers(-5, 500),
        use_regex=st.booleans(),
        constant=st.booleans(),
        priority=st.none() | st.integers(0, 9),
        id=st.none() | st.integers(0, 9) | text,
        position=st.none() | st.sampled_from(["before_char", "after_char", 4]),
        secondary_keys=st.lists(text, max_size=2),
    )


def books():
    return part(
        name=text,
        scan_depth=st.none() | st.integers(0, 9),
        token_budget=st.none() | st.integers(0, 900),
        recursive_scanning=st.none() | st.booleans(),
        extensions=unknown,
        entries=st.lists(entries(), max_size=2),
    )


def data():
    fields = part(
        description=text,
        first_mes=text,
        creator_notes=text,
        tags=st.lists(text, max_size=2),
        alternate_greetings=st.lists(text, max_size=2),
        group_only_greetings=st.lists(text, max_size=2),
        extensions=unknown,
        nickname=st.none() | text,
        source=st.none() | st.lists(text, max_size=2),
        creator_notes_multilingual=st.none() | st.dictionaries(st.sampled_from(["en", "de", "zh"]), text),
        creation_date=st.none() | st.integers(0, 2_000_000_000),
        assets=st.none() | st.lists(part(type=text, uri=text, name=text, ext=text), max_size=2),
        character_book=st.none() | books(),
    )
    return fields.map(lambda some: {**some, "name": "Ada"})


cards = st.one_of(
    st.builds(
        lambda data, beside, version: {**beside, "spec": f"chara_card_{version}", "spec_version": "3.0", "data": data},
        data(),
        unknown,
        st.sampled_from(["v2", "v3"]),
    ),
    data(),
)


def survives(before, after):
    """Whether all of `before` is in `after`; what the specification demands may have been added to objects."""
    if isinstance(before, dict) and isinstance(after, dict):
        return all(key in after and survives(value, after[key]) for key, value in before.items())
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(survives, before, after))
    return before == after and type(before) is type(after)


def absent_stays_absent(before, after):
    """What was added is never a null, which would say something."""
    if isinstance(before, dict) and isinstance(after, dict):
        added = all(after[key] is not None for key in after.keys() - before.keys())
        return added and all(absent_stays_absent(before[key], after[key]) for key in before.keys() & after.keys())
    if isinstance(before, list) and isinstance(after, list):
        return all(map(absent_stays_absent, before, after))
    return True


def saved(persona, suffix, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"card.{suffix}"
        save_persona(persona, path, **options)
        return path.read_bytes()


@given(cards, st.sampled_from(["json", "png"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_in_a_card_at_any_level_comes_back(card, suffix):
    again = load_persona(saved(load_persona(card), suffix))
    written = {**again.origin.siblings, **again.to_card()}
    expected = card if "data" in card else {"data": card}
    assert survives(expected["data"], written["data"])
    assert absent_stays_absent(expected["data"], written["data"])
    beside = {key: value for key, value in expected.items() if key not in ("spec", "spec_version", "data")}
    assert survives(beside, written)


@given(data(), st.sampled_from(["v1", "v2", "v3"]))
@settings(max_examples=40, deadline=None)
def test_every_version_holds_all_of_a_card(fields, spec):
    persona = load_persona(fields)
    again = load_persona(saved(persona, "json", spec=spec))
    assert again.hash == persona.hash
    assert survives(persona.to_card()["data"], again.to_card()["data"])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_real_cards_come_back_from_every_container(shared_data, suffix):
    for content in real_cards(shared_data).values():
        persona = load_persona(content)
        again = load_persona(saved(persona, suffix, picture=content))
        first, second = persona.to_card()["data"], again.to_card()["data"]
        second.pop("assets", None)
        assert second == first
        assert again.origin.siblings == persona.origin.siblings


def test_48_profiles_load_from_every_container_and_come_back(shared_data):
    made = profiles(shared_data)
    assert len(made) == 48
    for card in made.values():
        persona = load_persona(card)
        for kind, content in containers(card).items():
            found = load_persona(content)
            assert found.notices == (), kind
            assert {**found.to_card()["data"], "assets": 0} == {**persona.to_card()["data"], "assets": 0}, kind


def test_another_reader_understands_what_is_written(shared_data):
    for card in profiles(shared_data).values():
        persona = load_persona(card)
        theirs = tavern_card.parse_png_card(saved(persona, "png"))
        ours = persona.to_card()["data"]
        assert {name: theirs["data"][name] for name in theirs["data"] if name in ours and name != "name"} == {
            name: ours[name] for name in theirs["data"] if name in ours and name != "name"
        }
        assert theirs["data"]["name"] == persona.name.strip()
        for spec in ("v1", "v2"):
            assert tavern_card.parse_card(saved(persona, "json", spec=spec))["data"]["first_mes"] == persona.first_mes


def test_copies_that_programs_write_beside_the_data_follow_an_edit(shared_data):
    content = (shared_data / "cards" / "sillytavern_Seraphina.png").read_bytes()
    edited = load_persona(content).model_copy(update={"description": "New."})
    card = json.loads(saved(edited, "json"))
    assert (card["description"], card["data"]["description"]) == ("New.", "New.")
    assert card["create_date"] == "2023-5-12 @21h 32m 29s 228ms"


def test_extensions_of_other_programs_are_kept():
    extensions = {
        "depth_prompt": {"prompt": "p", "depth": 4, "role": "system"},
        "talkativeness": "0.5",
        "world": "Eldoria",
        "fav": True,
        "regex_scripts": [{"findRegex": "/a/g"}],
    }
    assert load_persona(saved(load_persona({"name": "A", "extensions": extensions}), "png")).extensions == extensions


def test_a_persona_with_its_origin_can_be_copied_and_pickled(in_png):
    persona = load_persona(in_png(chara={"spec": "chara_card_v2", "x": 1, "data": {"name": "A", "tags": "a, b"}}))
    again = pickle.loads(pickle.dumps(persona))
    assert again == persona.model_copy()
    assert (again.origin.siblings, again.notices) == ({"x": 1}, persona.notices)
    assert persona.notices


def test_reading_a_large_picture_is_quick(in_png):
    import time

    noise = io.BytesIO(b"\x55" * 500_000).read()
    content = in_png((b"IDAT", noise), chara={"name": "A"})
    fastest = min(_timed(load_persona, content, time.perf_counter) for _ in range(5))
    assert fastest < 0.02


def _timed(function, argument, clock):
    started = clock()
    function(argument)
    return clock() - started
