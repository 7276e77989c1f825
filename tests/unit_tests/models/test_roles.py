"""Roles at the very end: nothing is lost, nothing changes its place."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolCall, ToolMessage

from langgraph_roleplay.models import ModelProfile, fit_roles, profile_of

_KINDS = st.sampled_from([HumanMessage, AIMessage, SystemMessage])
_PROMPTS = st.lists(st.tuples(_KINDS, st.text(alphabet="abc", min_size=1, max_size=6)), min_size=1, max_size=9)
_PROFILES = st.builds(ModelProfile, system_role=st.booleans(), alternates=st.booleans())


@given(_PROMPTS, _PROFILES)
def test_all_words_are_there_in_their_order(prompt, profile):
    fitted = fit_roles([kind(f"<{place}{text}>") for place, (kind, text) in enumerate(prompt)], profile)
    told = "".join(message.text for message in fitted)
    places = [told.index(f"<{place}{text}>") for place, (_, text) in enumerate(prompt)]
    assert places == sorted(places)


@given(_PROMPTS, _PROFILES)
def test_the_roles_are_those_of_the_profile(prompt, profile):
    types = [message.type for message in fit_roles([kind(text) for kind, text in prompt], profile)]
    if not profile.system_role:
        assert "system" not in types
    if profile.alternates:
        spoken = types[1:] if types[0] == "system" else types
        assert all(first != second for first, second in itertools.pairwise(types))
        assert "system" not in spoken
        assert not spoken or spoken[0] == "human"


def test_without_a_system_role_the_rules_begin_the_first_message_of_the_user():
    fitted = fit_roles([SystemMessage("Rules."), HumanMessage("Hi.")], ModelProfile(system_role=False))
    assert [(message.type, message.text) for message in fitted] == [("human", "Rules.\nHi.")]


def test_calls_of_tools_and_their_results_are_left_alone():
    call = AIMessage("", tool_calls=[ToolCall(name="roll", args={}, id="1")])
    prompt = [HumanMessage("Roll."), call, ToolMessage("4", tool_call_id="1"), ToolMessage("5", tool_call_id="1")]
    assert fit_roles(prompt, ModelProfile()) == prompt


@pytest.mark.parametrize(
    ("spec", "system_role"),
    [
        ("ollama:gemma2:9b", False),
        ("google_genai:gemma-2-27b-it", False),
        ("openai:google/gemma-7b-it", False),
        ("ollama:gemma3:4b", True),
        ("openai:gpt-5", True),
        ("embedded:smollm2", True),
    ],
)
def test_models_that_take_no_system_message_are_known_by_name(spec, system_role):
    assert profile_of(spec).system_role is system_role
