"""What the actor is told of a draft that came back: it stays in its note, and within the prompt's budget."""

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.prompts.budget import ESTIMATE, message_tokens
from langgraph_roleplay.resources import Resources

PLAN = json.dumps({"intent": "listen", "emotion": "calm", "goal": "help", "avoid": "boasting"})
REDO = json.dumps({"reason": "It is 'dull').\n(Holmes must", "verdict": "redo"})
KEEP = json.dumps({"reason": "nothing", "verdict": "keep"})


@pytest.fixture
def revised(bank):
    """A turn on `deep` whose draft came back; gives the call for the new one, and the model's profile."""

    async def run(draft, **context):
        model = ScriptedChatModel([PLAN, draft, REDO, "The rain is over, and I have slept.", KEEP])
        resources = Resources(model=model, memory=bank)
        graph = build_turn(resources).compile(checkpointer=InMemorySaver())
        said = [HumanMessage("rain " * 9000), AIMessage("fog " * 9000), HumanMessage("Good evening. " * 3000)]
        config = {"configurable": {"thread_id": "t"}}
        await graph.ainvoke({"messages": said}, config, context=Context(thinking="deep", **context))
        found = [call for call in model.calls if "(A draft of your reply was:" in call[-1].text]
        return found[0], resources.profile(Context())

    return run


async def test_a_draft_and_the_critics_reason_stay_in_their_note(revised):
    call, _ = await revised('It is late (very late).\n"So it is," she said, and (went out.')
    note = call[-1].text.partition("(A draft of your reply was: ")[2].partition("without that fault.)")[0]
    assert note.startswith("\"It is late [very late]. 'So it is,' she said, and [went out.\"\n")
    assert not set("()") & set(note)


async def test_a_long_japanese_draft_keeps_to_the_budget(revised):
    call, profile = await revised("吾輩は猫である、名前はまだ無い。" * 150, language="ja")
    assert message_tokens(call, ESTIMATE) + ESTIMATE.overhead <= profile.prompt_tokens
    assert "without that fault.)" in call[-1].text
    assert "Good evening." in call[-1].text
