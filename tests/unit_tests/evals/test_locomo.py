import json
import math

import pytest

from langgraph_roleplay.evals.bench.locomo import bench_locomo
from langgraph_roleplay.evals.bench.locomo_ablation import STEPS, fused
from langgraph_roleplay.evals.bench.locomo_data import Question, read_locomo
from langgraph_roleplay.evals.bench.locomo_scores import Answer, auroc, evidence_recall
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS


def said(known, text, **more):
    return {"speaker": "Ann", "dia_id": known, "text": text, **more}


@pytest.fixture
def file(tmp_path):
    conversation = {
        "speaker_a": "Ann",
        "session_10_date_time": "12:05 am on 2 June, 2023",
        "session_10": [said("D10:1", "Bye.")],
        "session_2_date_time": "1:56 pm on 8 May, 2023",
        "session_2": [said("D2:1", "Hi."), said("D2:2", "Look!", blip_caption="a dog")],
    }
    asked = [
        {"question": "What?", "category": 4, "evidence": ["D2:2", "D:2:1"]},
        {"question": "Why?", "category": 1, "evidence": ["D"]},
    ]
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([{"sample_id": "c", "conversation": conversation, "qa": asked}]), encoding="utf-8")
    return path


def test_turns_come_in_the_order_of_sessions_with_captions_and_times(file):
    [conversation] = read_locomo(file)
    assert [(turn.id, turn.session, turn.text) for turn in conversation.turns] == [
        ("D2:1", "2", "Hi."),
        ("D2:2", "2", "Look! [shares a dog]"),
        ("D10:1", "10", "Bye."),
    ]
    assert [turn.at.isoformat() for turn in conversation.turns][1:] == [
        "2023-05-08T13:56:00+00:00",
        "2023-06-02T00:05:00+00:00",
    ]


def test_evidence_that_names_no_turn_is_dropped_and_a_question_that_has_none_left(file):
    [conversation] = read_locomo(file)
    assert conversation.questions == [Question("What?", 4, frozenset({"D2:2"}))]


def test_recall_is_the_share_of_the_evidence_and_leaves_out_what_has_no_answer():
    answers = [
        Answer(Question("", 1, frozenset("ab")), ["a", "x", "b"]),
        Answer(Question("", 4, frozenset("c")), ["c"]),
        Answer(Question("", 5, frozenset("d")), []),
    ]
    assert evidence_recall(answers, k=2) == 0.75
    assert evidence_recall(answers, k=3, category=1) == 1
    assert evidence_recall(answers, k=3, category=5) == 0
    assert math.isnan(evidence_recall(answers, k=3, category=2))


@pytest.mark.parametrize(
    ("positive", "negative", "area"), [([2, 3], [0, 1], 1), ([0], [1], 0), ([1], [1], 0.5), ([2, 0], [1], 0.5)]
)
def test_auroc_is_the_chance_that_a_positive_is_above(positive, negative, area):
    assert auroc(positive, negative) == area


def test_reciprocal_ranks_put_what_both_lists_hold_first():
    assert fused([["a", "b"], ["c", "b"]]) == ["b", "a", "c"]


def test_the_ablation_starts_from_one_arm_and_ends_at_the_defaults():
    first, *_, last = STEPS.values()
    assert (first.words, first.session, first.speaker) == (0, 0, 0)
    assert first.meaning == DEFAULT_WEIGHTS.meaning
    assert last == DEFAULT_WEIGHTS


async def test_without_the_data_it_says_so(tmp_path):
    assert "skipped" in str(await bench_locomo(tmp_path))
