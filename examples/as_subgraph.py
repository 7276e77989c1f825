"""A character as one node of a larger graph that has its own state and context, and its own `tools` and `nodes`.

Run it: python examples/as_subgraph.py
"""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

from langgraph_roleplay import Context, MemoryBank, ScriptedChatModel, ScriptedEmbeddings, create_roleplay_builder

SCRIPT = ("Tea first. The Hatter has hidden the scones.",)


class Evening(TypedDict):
    """State of the larger graph; it shares `messages` with the character."""

    messages: Annotated[list[AnyMessage], add_messages]
    applause: int


@dataclass
class House:
    """Context of the larger graph; the character finds its own in `roleplay`."""

    seats: int = 40
    roleplay: Context = field(default_factory=lambda: Context(persona="alice", thinking="quick"))


def applaud(state: Evening) -> dict[str, Any]:
    """Clap as long as the reply was."""
    return {"applause": len(state["messages"][-1].text.split())}


async def create_evening(model: BaseChatModel | None = None) -> CompiledStateGraph[Evening, House, Evening, Evening]:
    """The larger graph; without `model` the reply comes from a script."""
    memory = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    character = create_roleplay_builder(model=model or ScriptedChatModel(SCRIPT), memory=memory).compile(name="alice")
    evening = StateGraph(Evening, context_schema=House)
    evening.add_node("alice", character)
    evening.add_node("applaud", applaud)
    evening.add_edge(START, "alice")
    evening.add_edge("alice", "applaud")
    evening.add_edge("applaud", END)
    return evening.compile()


async def main(model: BaseChatModel | None = None) -> list[str]:
    """What a client hears, sentence by sentence, and how long the house applauds."""
    evening = await create_evening(model)
    heard: list[str] = []
    asked: Any = {"messages": [{"role": "user", "content": "What is for tea?"}]}
    stream = evening.astream(asked, context=House(), stream_mode=["messages", "values"], subgraphs=True)
    part: Any
    async for place, mode, part in stream:
        if mode == "messages" and part[0].type == "AIMessageChunk":
            heard.append(part[0].text)
        elif mode == "values" and not place and "applause" in part:
            heard.append(f"({part['applause']} claps, {len(part['messages'])} messages)")
    return heard


if __name__ == "__main__":
    print("\n".join(asyncio.run(main())))
