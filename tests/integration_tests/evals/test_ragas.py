"""What needs ragas itself: `make eval-test` has it, the default environment does not."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import BaseModel

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.evals.metrics.as_expected import create_as_expected
from langgraph_roleplay.evals.result import tally
from langgraph_roleplay.evals.run import run_suite
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.settings import Settings

pytestmark = [
    pytest.mark.skipif(find_spec("ragas") is None, reason="ragas is not in this environment: make eval-test"),
    pytest.mark.filterwarnings("ignore"),  # ragas and its own imports are full of deprecations
]

PASS = '{"reason": "He says it.", "value": "pass"}'
OUTCOME = {
    "character": "Sherlock Holmes",
    "user": "Visitor",
    "description": "A detective with {braces} in his card.",
    "turns": [{"said": "Who are you?", "reply": "Holmes, sir. {}"}],
}
REFERENCE = {"expected": "He says who he is."}


def judge(*replies: object) -> ScriptedChatModel:
    return ScriptedChatModel(list(replies), loop=True)


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ('{"reason": "He says it.", "value": "pass"}', 1.0),
        ('{"reason": "He does not.", "value": "fail"}', 0.0),
        ('Well, I think:\n```json\n{"reason": "He says it.", "value": "pass",}\n```', 1.0),
        ("reason: he does not say it\nvalue: fail", 0.0),
        ('{"reason": "cut off before the val', None),
        ('{"reason": "no such value", "value": "maybe"}', None),
        ("Indeed!", None),
        ("", None),
        (ModelError("the model is down"), None),
        (TimeoutError(), None),
    ],
)
async def test_a_verdict_is_read_by_every_rung_and_never_made_up(reply, score):
    found = await create_as_expected(judge(reply), timeout=5)(OUTCOME, REFERENCE)
    assert found["score"] == score
    assert found["comment"]


async def test_the_judge_sees_card_conversation_and_expectation_as_they_are():
    asked = judge('{"reason": "He says it.", "value": "pass"}')
    await create_as_expected(asked, timeout=5)(OUTCOME, REFERENCE)
    seen = asked.calls[0][0].text
    for words in ("{braces}", "Visitor: Who are you?", "Sherlock Holmes: Holmes, sir. {}", "He says who he is."):
        assert words in seen


async def test_a_judge_that_takes_too_long_is_not_waited_for():
    slow = ScriptedChatModel(["one two three"], loop=True, delay=5)
    found = await create_as_expected(slow, timeout=0.05)(OUTCOME, REFERENCE)
    assert (found["score"], found["comment"]) == (None, "the judge took too long")


async def test_a_conversation_without_words_is_not_judged():
    assert (await create_as_expected(judge("never asked"), timeout=5)({}, REFERENCE))["score"] is None


async def test_another_current_metric_of_ragas_runs_on_the_adapter():
    from ragas.metrics.collections import Faithfulness

    from langgraph_roleplay.evals.ragas_adapter import LangChainRagasLLM

    model = judge(
        '{"statements": ["Holmes lives in Baker Street.", "Holmes is French."]}',
        '{"statements": [{"statement": "Holmes lives in Baker Street.", "reason": "It is said.", "verdict": 1},'
        ' {"statement": "Holmes is French.", "reason": "It is not said.", "verdict": 0}]}',
    )
    result = await Faithfulness(llm=LangChainRagasLLM(model)).ascore(
        user_input="Who is he?",
        response="A Frenchman of Baker Street.",
        retrieved_contexts=["He lives in Baker Street."],
    )
    assert result.value == 0.5


def test_the_adapter_answers_callers_without_an_event_loop_too():
    from langgraph_roleplay.evals.ragas_adapter import LangChainRagasLLM

    class Mood(BaseModel):
        mood: str

    assert LangChainRagasLLM(judge('{"mood": "dark"}')).generate("How is he?", Mood).mood == "dark"
    with pytest.raises(ModelError, match="no answer that can be read"):
        LangChainRagasLLM(judge("…")).generate("How is he?", Mood)


async def test_ragas_reports_its_use_to_nobody():
    create_as_expected(judge("…"), timeout=5)
    from ragas._analytics import do_not_track

    assert do_not_track()


async def test_a_run_counts_the_verdicts_that_could_not_be_read(tmp_path: Path):
    result = await run_suite(
        "conversation",
        settings=Settings(home=tmp_path),
        model=judge("A curious thing, to be sure."),
        judge=ScriptedChatModel([*[PASS] * 4, PASS, "Indeed!", '{"reason": "No.", "value": "fail"}']),
        limit=3,
    )
    assert result.metrics == ("faultless", "distinct_2", "as_expected")
    found = tally("as_expected", result.cases)
    assert (found.scored, found.unscored, found.mean) == (2, 1, 0.5)
    assert result.judge == "ScriptedChatModel"


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (lambda asked: "fail" if "Bananas" in asked or "Good riddance" in asked else "pass", "4 of 4"),
        (lambda asked: "pass", "2 of 4"),
        (lambda asked: "well, well", "0 of 4"),
    ],
)
async def test_a_run_says_whether_its_judge_can_be_believed(tmp_path: Path, verdict, told):
    def say(messages: list) -> str:
        return json.dumps({"reason": "So it is.", "value": verdict(messages[0].text)})

    result = await run_suite(
        "conversation", settings=Settings(home=tmp_path), model=judge("Curious."), judge=judge(say), limit=1
    )
    assert told in result.notes[-1]
    assert ("prove little" in result.notes[-1]) == (told != "4 of 4")
