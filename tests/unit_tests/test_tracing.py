"""What is added to a trace, and what is held back from it."""

import threading
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers
from langgraph.graph import START, StateGraph
from langsmith import Client, configure, run_trees
from langsmith.run_trees import get_cached_client
from langsmith.utils import LangSmithUserError
from typing_extensions import TypedDict

from langgraph_roleplay.tracing import WITHHELD, annotate_run, guard_traces, origin_of, withhold_crisis
from langgraph_roleplay.turn import OWN

CRISIS = "I want to kill myself."
TALK = [
    HumanMessage("Good evening.", id="1"),
    AIMessage("Good evening.", id="2", additional_kwargs={OWN: True}),
    HumanMessage("And now?", id="3"),
]


class Numbers(TypedDict):
    number: int


class Tracer(LangChainTracer):
    """Keeps the runs here instead of sending them."""

    def __init__(self) -> None:
        super().__init__(client=Client(api_key="key", auto_batch_tracing=False))
        self.kept: dict[str, Any] = {}

    def _persist_run_single(self, run: Any) -> None:
        self.kept[run.name] = run

    def _update_run_single(self, run: Any) -> None:
        """Runs are kept from their start on."""


async def note(state: Numbers) -> Numbers:
    annotate_run(number=state["number"], double=lambda: state["number"] * 2)
    return state


def graph_of(name: str, step: Any) -> Any:
    return StateGraph(Numbers).add_node(f"{name}_step", step).add_edge(START, f"{name}_step").compile(name=name)


async def test_a_note_is_added_to_the_run_of_the_node_and_of_its_turn_alone():
    tracer = Tracer()
    host = graph_of("host", graph_of("turn", note))
    await host.ainvoke({"number": 3}, {"callbacks": [tracer]})
    noted = {"number": 3, "double": 6}
    assert {name: noted.items() <= run.metadata.items() for name, run in tracer.kept.items()} == {
        "host": False,
        "host_step": False,
        "turn": True,
        "turn_step": True,
    }


async def test_without_a_trace_no_value_is_worked_out():
    asked: list[int] = []
    annotate_run(number=lambda: asked.append(1))
    assert (await graph_of("turn", note).ainvoke({"number": 3})) == {"number": 3}
    assert asked == []


@pytest.mark.parametrize(
    ("messages", "same"),
    [
        ([*TALK[:2], HumanMessage("And then?", id="4")], True),
        (TALK[:2], True),
        ([*TALK, AIMessage("Now we wait.", id="5"), HumanMessage("Wait?", id="6")], False),
        ([TALK[0], AIMessage("Come in.", id="7"), TALK[2]], False),
        ([], False),
    ],
    ids=["another_message", "the_reply_carried_on", "the_next_turn", "another_swipe_before", "the_beginning"],
)
def test_turns_share_a_branch_when_they_go_on_from_the_same_place(messages, same):
    assert (origin_of({"messages": messages}) == origin_of({"messages": TALK})) is same


@pytest.mark.parametrize(
    "value",
    [
        CRISIS,
        f"Good evening.\n{CRISIS}\nGood night.",
        "I want to d\x00ie.",
        "I want to ki\u200bll myself",
        "我真的不想活了",
        "You are Holmes. " * 2000 + "\n" + CRISIS,
    ],
    ids=["alone", "among_lines", "control_character", "hidden_character", "chinese", "in_a_long_prompt"],
)
def test_a_text_of_a_crisis_is_withheld_whole(value):
    assert withhold_crisis(value) == WITHHELD


def test_a_crisis_is_withheld_wherever_it_stands_in_a_payload():
    sent = {"messages": [[{"kwargs": {"content": CRISIS, "id": "1"}}, {"kwargs": {"content": "Good evening."}}]]}
    assert withhold_crisis(sent) == {
        "messages": [[{"kwargs": {"content": WITHHELD, "id": "1"}}, {"kwargs": {"content": "Good evening."}}]]
    }


def test_a_crisis_told_in_parts_is_withheld():
    parts = [{"type": "text", "text": "I want to "}, {"type": "text", "text": "kill myself."}]
    assert "kill" not in str(withhold_crisis({"content": parts}))


@pytest.mark.parametrize("value", ["I could kill for a cup of tea.", "", 3, None, ["a", {"type": "text"}], {"n": 1.5}])
def test_what_is_no_crisis_stays_as_it_is(value):
    assert withhold_crisis(value) == value


def test_the_guard_opens_nothing_before_a_run_wants_it(monkeypatch):
    monkeypatch.setattr(run_trees, "_CLIENT", None)
    threads = threading.active_count()
    guard_traces()
    wait_for_all_tracers()
    assert threading.active_count() == threads
    assert isinstance(get_cached_client(), Client)


def test_the_guard_leaves_a_client_that_the_host_has_set(monkeypatch):
    monkeypatch.setattr(run_trees, "_CLIENT", None)
    own = Client(auto_batch_tracing=False)
    configure(client=own)
    guard_traces()
    assert get_cached_client() is own


def test_the_guarded_client_has_what_any_client_has_and_nothing_more(monkeypatch):
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://localhost:1")
    monkeypatch.setenv("LANGSMITH_TRACING_MODE", "otel")
    monkeypatch.setattr(run_trees, "_CLIENT", None)
    guard_traces()
    client = get_cached_client()
    assert client.api_url == "http://localhost:1"
    session = client.session
    with pytest.raises(AttributeError, match="nonsense"):
        _ = client.nonsense
    assert client.session is session  # opened once
    client.cleanup()


def test_a_client_that_could_not_be_opened_is_opened_by_the_next_run(monkeypatch):
    monkeypatch.setattr(run_trees, "_CLIENT", None)
    monkeypatch.setenv("LANGSMITH_TRACING_MODE", "otel")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://localhost:1")
    monkeypatch.setenv("LANGSMITH_RUNS_ENDPOINTS", "{}")  # both at once are refused
    guard_traces()
    with pytest.raises(LangSmithUserError):
        _ = get_cached_client().api_url
    wait_for_all_tracers()
    monkeypatch.delenv("LANGSMITH_RUNS_ENDPOINTS")
    assert get_cached_client().api_url == "http://localhost:1"
    get_cached_client().cleanup()
