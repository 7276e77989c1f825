"""Nothing leaves but what is released, whatever kind of chain a model makes of a question."""

from typing import Any

from langchain_core.runnables import RunnableLambda, RunnableParallel

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import create_roleplay_builder
from langgraph_roleplay.models import ScriptedChatModel

PLAN = '{"intent": "SECRET", "emotion": "calm", "goal": "help", "avoid": "haste"}'
KEEP = '{"reason": "SECRET", "verdict": "keep"}'


class _Structured(ScriptedChatModel):
    """Answers by a schema as providers' models do: a chain of several runs, with the raw message at its end."""

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> Any:
        return RunnableParallel(raw=self) | RunnableLambda(lambda answer: answer | {"parsed": None})


async def test_the_answers_to_structured_questions_stay_inside(bank):
    model = _Structured([PLAN, "Pray sit down.", KEEP])
    graph = create_roleplay_builder(model=model, memory=bank).compile()
    said: Any = {"messages": "Good evening."}
    stream = graph.astream(said, context=Context(thinking="deep"), stream_mode="messages")
    assert [message.text async for message, _ in stream if message.type != "human"] == ["Pray sit down."]
    assert len(model.calls) == 3
