"""A program of a host whose graph has a character for a node; the tests run it with tracing.

Arguments: the way in which the graph is run, and what is said to it.
"""

import asyncio
import os
import sys
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.tracers.langchain import wait_for_all_tracers
from langgraph.graph import START, MessagesState, StateGraph

from langgraph_roleplay import MemoryBank, ScriptedChatModel, ScriptedEmbeddings, create_roleplay_builder


async def create_character(**others: Any) -> Any:
    memory = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    return create_roleplay_builder(model=ScriptedChatModel(["I see."], loop=True), memory=memory).compile(**others)


def place_in_graph(character: Any) -> Any:
    return StateGraph(MessagesState).add_node("character", character).add_edge(START, "character").compile()


def main(way: str, text: str) -> None:
    character = asyncio.run(create_character())
    said = {"messages": [HumanMessage(text)]}
    if way == "late":
        os.environ["LANGSMITH_TRACING"] = "true"
    if way in ("ainvoke", "late"):
        done = asyncio.run(place_in_graph(character).ainvoke(said))
        sys.stdout.write(done["messages"][-1].text.replace("\n", " ") + "\n")
    for graph in {"invoke": (character, place_in_graph(character)), "stream": (character,)}.get(way, ()):
        try:
            list(graph.stream(said)) if way == "stream" else graph.invoke(said)
        except TypeError as error:  # the nodes of a turn are asynchronous
            sys.stdout.write(str(error).partition("\n")[0] + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
    wait_for_all_tracers()
