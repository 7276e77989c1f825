import pytest

from langgraph_roleplay import create_roleplay_builder
from langgraph_roleplay.context import Context
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.personas import load_persona

CARD = {
    "name": "Ada",
    "description": "She counts wheels.",
    "creator_notes": "NOTES-MARK",
    "creator_notes_multilingual": {"en": "NOTES-MARK"},
    "tags": ["TAGS-MARK"],
    "creator": "CREATOR-MARK",
    "character_version": "VERSION-MARK",
    "source": ["SOURCE-MARK"],
    "unknown": "UNKNOWN-MARK",
    "extensions": {"other": "EXTENSION-MARK"},
    "group_only_greetings": ["GROUP-MARK"],
    "assets": [{"type": "icon", "uri": "https://ASSET-MARK", "name": "ASSET-MARK"}],
}


@pytest.mark.parametrize("thinking", ["quick", "measured"])
async def test_what_is_written_for_people_reaches_no_prompt(thinking, bank):
    model = ScriptedChatModel(["I count."], loop=True)
    persona = load_persona({"spec": "chara_card_v3", "spec_version": "3.0", "seen": "BESIDE-MARK", "data": CARD})
    graph = create_roleplay_builder(model=model, memory=bank).compile()
    context = Context(persona=persona.to_card(), thinking=thinking)
    await graph.ainvoke({"messages": [("user", "What do you count?")]}, context=context)
    told = "\n".join(str(message.content) for call in model.calls for message in call)
    assert "She counts wheels." in told
    assert "-MARK" not in told
