from collections import Counter

import pytest


def member(entry, name, *, key="key", order=0, **extensions):
    return entry(key, content=name, insertion_order=order, extensions={"group": "weather", **extensions})


def test_one_of_a_group_is_in_and_the_report_says_why_the_others_are_not(activate, book, entry):
    outcome = activate(book(*(member(entry, name) for name in "abc"), entry("key", content="d")), said="key")
    assert len(outcome.entries) == 2
    assert {out.why for out in outcome.left_out} == {"group 'weather': another was drawn of 3"}


def test_weights_say_how_often_each_is_drawn(called, book, entry):
    lore = book(member(entry, "rare", group_weight=10), member(entry, "often", group_weight=90))
    drawn = Counter(called(lore, said="key", seed=f"{seed}")[0] for seed in range(400))
    assert 330 < drawn["often"] < 385


def test_a_weight_of_nothing_is_never_drawn_beside_another(called, book, entry):
    lore = book(member(entry, "never", group_weight=0), member(entry, "always"))
    assert {called(lore, said="key", seed=f"{seed}")[0] for seed in range(50)} == {"always"}


def test_the_highest_order_of_those_with_precedence_wins(called, book, entry):
    entries = [
        member(entry, "high", order=9),
        member(entry, "low", order=1, group_override=True),
        member(entry, "middle", order=5, group_override=True),
    ]
    assert {called(book(*entries), said="key", seed=f"{seed}")[0] for seed in range(20)} == {"middle"}


def test_scoring_keeps_those_with_most_keys(called, book, entry):
    lore = book(
        entry("fog", "rain", "sea", content="three", extensions={"group": "g", "use_group_scoring": True}),
        entry("fog", content="one", extensions={"group": "g", "use_group_scoring": True}),
    )
    assert {called(lore, said="fog, rain, sea", seed=f"{seed}")[0] for seed in range(20)} == {"three"}
    assert len({called(lore, said="fog", seed=f"{seed}")[0] for seed in range(20)}) == 2


def test_a_group_that_has_an_entry_lets_no_other_in_later(called, book, entry):
    first = entry("key", content="The queen.", extensions={"group": "g"})
    lore = book(first, entry("queen", extensions={"group": "g"}), recursive_scanning=True)
    assert called(lore, said="key") == ["The queen."]


def test_an_entry_that_is_still_on_keeps_its_group(called, activate, book, entry):
    lore = book(member(entry, "a", key="one", sticky=9), *(member(entry, f"{place}", key="two") for place in range(9)))
    state = activate(lore, said="one").state
    assert {called(lore, said=("one", "x", "two"), state=state, seed=f"{seed}")[0] for seed in range(20)} == {"a"}


def test_an_entry_of_two_groups_must_win_both(called, book, entry):
    both = entry("key", content="both", extensions={"group": "a, b"})
    lore = book(both, *(entry("key", content=f"only {name}", extensions={"group": name}) for name in "ab"))
    seen = {tuple(sorted(called(lore, said="key", seed=f"{seed}"))) for seed in range(50)}
    assert ("both",) in seen
    assert not any("both" in texts and len(texts) > 1 for texts in seen)


@pytest.mark.parametrize(("percent", "low", "high"), [(0, 0, 0), (30, 80, 160), (100, 400, 400), (250, 400, 400)])
def test_chance_says_how_often_an_entry_is_in(*, called, book, entry, percent, low, high):
    lore = book(entry("key", extensions={"probability": percent}))
    assert low <= sum(len(called(lore, said="key", seed=f"{seed}")) for seed in range(400)) <= high


def test_chance_counts_only_where_it_is_used(called, book, entry):
    assert called(book(entry("key", extensions={"probability": 0, "useProbability": False})), said="key")


def test_a_roll_that_failed_is_in_the_report_and_is_not_thrown_again_in_recursion(activate, book, entry):
    unlucky = entry("key", content="unlucky", extensions={"probability": 0})
    outcome = activate(book(entry("key", content="more of the key"), unlucky, recursive_scanning=True), said="key")
    assert [out.name for out in outcome.left_out] == ["key"]
    assert outcome.left_out[0].why.startswith("chance 0%: the dice said ")


def test_a_roll_that_won_is_in_the_report(activate, book, entry):
    (active,) = activate(book(entry("key", extensions={"probability": 99})), said="key", seed="2").entries
    assert active.why.startswith("key 'key' in the last message; chance 99%: the dice said ")


def test_where_all_weigh_nothing_each_is_drawn_as_often(called, book, entry):
    lore = book(*(member(entry, name, group_weight=0) for name in "abcd"))
    drawn = Counter(called(lore, said="key", seed=f"{seed}")[0] for seed in range(400))
    assert len(drawn) == 4
    assert min(drawn.values()) > 70
