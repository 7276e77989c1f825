"""A turn in your own code, with your own model, memory and tools.

Run it: python examples/own_builder.py
"""

import asyncio
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay import Context, MemoryBank, ScriptedChatModel, ScriptedEmbeddings, create_roleplay_builder

ASKS = AIMessage("", tool_calls=[{"name": "read_barometer", "args": {"place": "Dartmoor"}, "id": "1"}])
SCRIPT = (ASKS, "The glass falls over Dartmoor. Bring a coat.", "I told you that the glass was falling.")


@tool
def read_barometer(place: str) -> str:
    """Read the barometer at a place."""
    return f"{place}: 981 hPa, falling"


async def main(model: BaseChatModel | None = None) -> list[str]:
    """Two turns of one conversation; without `model` the replies come from a script."""
    memory = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    builder = create_roleplay_builder(model=model or ScriptedChatModel(SCRIPT), memory=memory, tools=[read_barometer])
    graph = builder.compile(checkpointer=InMemorySaver())
    replies = []
    for line in ("Shall we go to the moor?", "It rains!"):
        said: Any = {"messages": line}
        turn = await graph.ainvoke(
            said,
            {"configurable": {"thread_id": "moor"}},
            context=Context(persona="sherlock-holmes", user_name="Watson", thinking="quick"),
        )
        replies.append(turn["reply"])
    await memory.close()
    return replies


if __name__ == "__main__":
    print("\n".join(asyncio.run(main())))
