"""What leaves the process when a turn is traced, over real HTTP: each mode in a process of its own."""

import pytest

from langgraph_roleplay.tracing import WITHHELD

ON = {"LANGSMITH_TRACING": "true"}
OTEL = ON | {"LANGSMITH_TRACING_MODE": "otel"}
OTEL_BY_OLDER_NAMES = ON | {"LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "true"}
HIDDEN = ON | {"LANGSMITH_HIDE_INPUTS": "true", "LANGSMITH_HIDE_OUTPUTS": "true"}
HELLO, VIOLIN = "Good evening, Mr Holmes, what a storm.", "Where is the violin that my sister plays?"
CRISIS = "Nobody would miss me. I want to kill myself tonight."
SPOKEN = ["plan", "respond", "reflect"]
NODES = ["check_input", "retrieve_persona", "recall_memory", *SPOKEN, "check_reply", "remember"]


@pytest.fixture(scope="module")
def two_turns(trace):
    return trace(HELLO, VIOLIN, variables=ON)


@pytest.fixture(scope="module")
def crisis(trace):
    return trace(CRISIS, HELLO, variables=ON)


def metadata(run):
    return run["extra"]["metadata"]


def facts(span):
    """The attributes of an OpenTelemetry span, LangSmith's by its own names."""
    values = {pair.key.removeprefix("langsmith."): pair.value for pair in span.attributes}
    return {key: getattr(value, value.WhichOneof("value")) for key, value in values.items()}


def test_two_turns_are_sent_as_two_traces_of_one_thread(two_turns):
    assert set(two_turns.requests) == {"GET /info", "POST /runs/multipart"}
    turns = two_turns.named("roleplay")
    assert len(turns) == 2
    assert {run["trace_id"] for run in two_turns.runs.values()} == {turn["id"] for turn in turns}
    assert {metadata(run)["thread_id"] for run in two_turns.runs.values()} == {"baker-street"}


def test_every_station_of_a_turn_is_sent_under_its_name(two_turns):
    for turn in two_turns.named("roleplay"):
        assert "parent_run_id" not in turn
        assert turn["tags"] == ["roleplay"]
        steps = [run for run in two_turns.runs.values() if run.get("parent_run_id") == turn["id"]]
        assert sorted(step["name"] for step in steps) == sorted(NODES)


def test_every_model_call_is_sent_under_its_stations_name(two_turns):
    calls = [run for run in two_turns.runs.values() if run["run_type"] == "llm"]
    stations = [two_turns.runs[call["parent_run_id"]]["name"] for call in calls]
    assert sorted(stations) == sorted(SPOKEN * 2)
    assert [call["name"].removeprefix("ask_") for call in calls] == stations
    assert all({"nostream", "roleplay"} <= set(call["tags"]) for call in calls)


def test_a_turn_can_be_found_by_what_it_was(two_turns):
    first, second = map(metadata, two_turns.named("roleplay"))
    assert (first["persona"], first["thinking"], first["turn"]) == ("sherlock-holmes", "deep", 1)
    assert (second["persona_hash"], second["turn"]) == (first["persona_hash"], 2)
    assert second["branch"] != first["branch"]
    assert second["turn_calls"] == 3
    assert len(second["memory_ids"]) == len(second["memory_scores"]) == 1
    assert "violin" not in str(second)


def test_the_metadata_of_a_station_is_what_it_found_itself(two_turns):
    keys = {name: set(metadata(two_turns.named(name)[0])) for name in NODES}
    assert {"branch", "turn"} <= keys["check_input"]
    assert {"persona", "persona_hash"} <= keys["retrieve_persona"]
    assert {"memory_ids", "memory_scores"} <= keys["recall_memory"]
    assert "thinking" in keys["respond"]
    assert all("stage" in found for found in keys.values())
    assert "persona" not in keys["recall_memory"]


def test_what_a_user_says_in_a_crisis_is_sent_by_no_turn(crisis):
    assert "kill myself" not in crisis.text
    assert "miss me" not in crisis.text
    assert WITHHELD in crisis.text
    assert HELLO in crisis.text


def test_a_crisis_turn_can_still_be_found(crisis):
    turn, after = crisis.named("roleplay")
    assert turn["inputs"]["messages"][0]["content"] == WITHHELD
    assert metadata(turn)["deflected"] == "crisis"
    assert metadata(turn)["persona"] == "sherlock-holmes"
    assert "deflected" not in metadata(after)


@pytest.mark.parametrize("way", ["ainvoke", "late", "invoke", "stream"])
def test_a_hosts_graph_with_a_character_in_it_sends_nothing_of_a_crisis_either(trace, way):
    sent = trace(way, CRISIS, variables={} if way == "late" else ON, program="host.py")
    assert "kill myself" not in sent.text
    assert "miss me" not in sent.text
    assert WITHHELD in sent.text
    assert sent.replies


def test_a_hosts_graph_sends_what_is_no_crisis_as_it_is(trace):
    assert HELLO in trace("ainvoke", HELLO, variables=ON, program="host.py").text


def test_a_graph_that_is_built_and_not_run_opens_no_connection(trace):
    assert trace("not at all", HELLO, variables=ON, program="host.py").requests == []


def test_langsmiths_own_switches_hide_every_text_and_plain_json_is_sent_where_it_is_asked_for(trace):
    sent = trace(HELLO, variables=HIDDEN, multipart=False)
    assert set(sent.requests) == {"GET /info", "POST /runs/batch"}
    assert HELLO not in sent.text
    (turn,) = sent.named("roleplay")
    assert turn["inputs"] == turn["outputs"] == {}
    assert metadata(turn)["persona"] == "sherlock-holmes"


@pytest.mark.parametrize("mode", [OTEL, OTEL_BY_OLDER_NAMES], ids=["mode", "older_names"])
def test_with_opentelemetry_alone_langsmith_gets_nothing(trace, mode):
    sent = trace(CRISIS, HELLO, variables=mode)
    assert set(sent.requests) == {"POST /otlp/v1/traces"}
    turns = [facts(span) for span in sent.spans if span.name == "roleplay"]
    assert {turn["metadata.turn"]: turn.get("metadata.deflected") for turn in turns} == {1: "crisis", 2: None}
    assert {turn["metadata.persona"] for turn in turns} == {"sherlock-holmes"}
    assert {turn["metadata.thread_id"] for turn in turns} == {"baker-street"}
    by_id = {span.span_id: span for span in sent.spans}
    calls = [by_id[span.parent_span_id] for span in sent.spans if facts(span)["span.kind"] == "llm"]
    assert {(station.name, by_id[station.parent_span_id].name) for station in calls} == {
        (name, "roleplay") for name in SPOKEN
    }
    assert "kill myself" not in sent.text
    assert HELLO in sent.text


def test_off_means_that_nothing_is_asked_or_sent(trace):
    sent = trace(HELLO, VIOLIN, variables={})
    assert len(sent.replies) == 2
    assert sent.requests == []
