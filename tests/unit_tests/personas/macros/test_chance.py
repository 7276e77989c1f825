import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.personas.macros import MacroScene, expand


def told(text, **changed):
    return expand(text, macros=MacroScene(**({"char": "Holmes", "user": "Ada"} | changed)))


def outcomes(text, **seeds):
    name = next(iter(seeds))
    return {told(text, **{name: str(seed)}) for seed in range(60)}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("{{random:A,B}}", {"A", "B"}),
        ("{{RANDOM: A , B }}", {"A", "B"}),
        ("{{random::a, b::c}}", {"a, b", "c"}),
        ("{{random:a::b}}", {"a", "b"}),
        (r"{{random:a\,b,c}}", {"a,b", "c"}),
        ("{{random:,x}}", {"", "x"}),
        ("{{random:one}}", {"one"}),
        ("{{random:{{user}},<BOT>}}", {"Ada", "Holmes"}),
        ("{{pick:A,B}}", {"A", "B"}),
        ("{{ pick :: A :: B }}", {"A", "B"}),
    ],
)
def test_every_option_is_chosen_by_some_seed_and_nothing_else(text, options):
    assert outcomes(text, seed=0) == options


def test_pick_is_the_same_in_every_turn_and_random_is_not():
    assert len(outcomes("{{pick:a,b,c}}", turn=0)) == 1
    assert len(outcomes("{{random:a,b,c}}", turn=0)) == 3
    assert len(outcomes("{{roll:20}}", turn=0)) > 5


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_same_seed_and_text_give_the_same_bytes(seed, words):
    text = f"{words}{{{{random:a,b,c}}}}{{{{roll:100}}}}{{{{pick:a,b}}}}"
    assert told(text, seed=seed) == told(text, seed=seed)


def test_two_macros_of_a_text_choose_for_themselves():
    chosen = {told("{{pick:a,b}} {{pick:a,b}}", seed=str(seed)) for seed in range(60)}
    assert chosen == {"a a", "a b", "b a", "b b"}


def test_options_with_a_name_in_them_are_not_parted_by_its_commas():
    assert {told("{{random:{{user}},x}}", user="A,B::C", seed=str(seed)) for seed in range(60)} == {"A,B::C", "x"}


@pytest.mark.parametrize(
    ("dice", "least", "most"),
    [("6", 1, 6), ("d6", 1, 6), ("1d20", 1, 20), ("2d6+3", 5, 15), (" 3D4 - 3 ", 0, 9), ("1", 1, 1)],
)
def test_dice_stay_within_their_sides(dice, least, most):
    thrown = [int(told(f"{{{{roll:{dice}}}}}", seed=str(seed))) for seed in range(400)]
    assert min(thrown) == least
    assert max(thrown) == most


@pytest.mark.parametrize("dice", ["0", "d0", "0d6", "101d6", "9999999", "2d6+9999999", "six", "-6", "", "1e9", "٦"])
def test_dice_that_are_none_vanish(dice):
    assert told(f"{{{{roll:{dice}}}}}") == ""


def test_dice_may_stand_behind_a_space():
    assert re.fullmatch("[1-6]", told("{{roll d6}}"))
