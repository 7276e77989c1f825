"""Messages: what the DeltaChannel's reducer must hold."""

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages

from langgraph_roleplay.graphs.roleplay import graph
from langgraph_roleplay.state import merge_messages

_MESSAGES = st.builds(
    lambda kind, name, text: kind(content=text, id=name),
    st.sampled_from([HumanMessage, AIMessage]),
    st.sampled_from("abcdef"),
    st.text(max_size=5),
)
_WRITES = st.lists(st.lists(_MESSAGES, max_size=3), max_size=6)


@given(_WRITES, _WRITES)
def test_merging_in_two_batches_is_merging_in_one(first, second):
    assert merge_messages(merge_messages([], first), second) == merge_messages([], first + second)


@given(_WRITES)
def test_merging_agrees_with_add_messages(writes):
    expected: list = []
    for write in writes:
        expected = add_messages(expected, write)
    assert merge_messages([], writes) == expected


def test_a_message_without_an_id_gets_the_same_one_at_every_replay():
    writes = [["hello"], [("ai", "hm?")], "alone"]
    first, again = merge_messages([], writes), merge_messages([], writes)
    assert [message.text for message in first] == ["hello", "hm?", "alone"]
    assert [message.id for message in first] == [message.id for message in again]
    assert len({message.id for message in first}) == 3


def test_a_message_without_an_id_takes_the_place_of_no_other_after_the_list_was_trimmed():
    kept = merge_messages([], ["One.", "Again.", RemoveMessage(id=merge_messages([], ["One."])[0].id)])
    assert [message.text for message in merge_messages(kept, ["Again."])] == ["Again.", "Again."]
    assert [message.text for message in merge_messages(kept, [["Again.", "Again."]])] == ["Again."] * 3


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=3), max_size=4), st.integers(0, 3))
def test_no_message_without_an_id_is_lost_however_many_were_trimmed(writes, trimmed):
    kept = merge_messages([], writes)[trimmed:]
    more = merge_messages(kept, writes)
    assert [message.text for message in more] == [message.text for message in kept] + [w for one in writes for w in one]


def test_messages_can_be_removed_one_by_one_and_all_at_once():
    kept = merge_messages([], [[HumanMessage("a", id="1"), HumanMessage("b", id="2")], RemoveMessage(id="1")])
    assert [message.id for message in kept] == ["2"]
    assert merge_messages(kept, [RemoveMessage(id=REMOVE_ALL_MESSAGES)]) == []


def test_what_comes_in_and_goes_out_is_described_for_the_form_in_studio():
    for schema in (graph.get_input_jsonschema(), graph.get_output_jsonschema()):
        assert schema["description"]
        assert [name for name, field in schema["properties"].items() if not field.get("description")] == []
