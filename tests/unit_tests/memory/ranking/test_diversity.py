import pytest

from langgraph_roleplay.memory.ranking.diversity import Said, give_way
from langgraph_roleplay.memory.ranking.rank import Ranked
from langgraph_roleplay.memory.ranking.weights import Weights
from langgraph_roleplay.memory.records import Why

WHY = Why(dense=None, bm25=None, recency=1.0, importance=0.5, text="")


def chosen(texts, *, k=8, **options):
    """Places of the chosen texts; a text may come with its speaker."""
    pairs = [text if isinstance(text, tuple) else (text, "anna") for text in texts]
    memories = {str(place): Said(text, speaker) for place, (text, speaker) in enumerate(pairs)}
    ranked = [Ranked(known, 1.0, WHY) for known in memories]
    return [int(entry.id) for entry in give_way(ranked, memories, k=k, **options)]


REPEATED = ["I really love walking by the river at night.", "I really love walking by the river at night!"]


def test_what_nearly_repeats_a_better_memory_gives_way_and_still_fills_up():
    assert chosen([*REPEATED, "Tea, please.", "No, coffee."]) == [0, 2, 3, 1]
    assert chosen([*REPEATED, "Tea, please."], k=2) == [0, 2]


def test_it_gives_way_to_nothing_where_the_weight_is_off():
    assert chosen([*REPEATED, "Tea, please."], weights=Weights(alike=2.0)) == [0, 1, 2]


@pytest.mark.parametrize(
    "other",
    [
        "I really don't love walking by the river at night.",
        "I really love walking by the river in the morning.",
        ("I really love walking by the river at night.", "holmes"),
    ],
)
def test_what_says_something_else_stays(other):
    assert chosen([REPEATED[0], other, "Tea, please."]) == [0, 1, 2]


def test_chinese_is_told_apart_by_its_signs():
    said = [
        "我昨天晚上在河边散步的时候看见了一只白色的猫",
        "我昨天晚上在河边散步的时候看见了一只白色的猫。",
        "今天下雨",
    ]
    assert chosen(said) == [0, 2, 1]


def test_a_memory_that_is_gone_is_left_out():
    gone = [Ranked("a", 1.0, WHY), Ranked("b", 1.0, WHY)]
    assert give_way(gone, {"b": Said("Tea", "anna")}, k=8) == [gone[1]]
