"""A program that says its arguments to a character, one a turn, in one conversation; the tests run it with tracing."""

import asyncio
import json
import sys

from langchain_core.messages import HumanMessage
from langchain_core.tracers.langchain import wait_for_all_tracers
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import create_roleplay_builder, graph
from langgraph_roleplay.memory import Memory, MemoryBank
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings

PLAN = json.dumps({"intent": "greet", "emotion": "calm", "goal": "help", "avoid": "boasting"})
KEEP = json.dumps({"reason": "nothing", "verdict": "keep"})
REPLIES = ("You have been in the rain, I perceive.", "The violin is on the sofa, where you left it.")
EARLIER = Memory(
    text="My sister plays the violin in Vienna.",
    speaker="Visitor",
    character="sherlock-holmes",
    user="Visitor",
    thread="another",
)


async def main(messages: list[str]) -> None:
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    await bank.remember([EARLIER])
    model = ScriptedChatModel([said for reply in REPLIES for said in (PLAN, reply, KEEP)])
    builder = create_roleplay_builder(model=model, memory=bank)
    turn = builder.compile(name="roleplay", checkpointer=InMemorySaver()).with_config(graph.config)
    for text in messages:
        done = await turn.ainvoke(
            {"messages": [HumanMessage(text)]},
            {"configurable": {"thread_id": "baker-street"}},
            context=Context(thinking="deep"),
        )
        sys.stdout.write(done["reply"].replace("\n", " ") + "\n")
    await bank.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    wait_for_all_tracers()
