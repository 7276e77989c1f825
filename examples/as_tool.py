"""A character as a tool of an agent: the agent asks, the character answers in its own voice and remembers.

Run it: python examples/as_tool.py
"""

import asyncio
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool, tool

from langgraph_roleplay import Context, MemoryBank, ScriptedChatModel, ScriptedEmbeddings, create_roleplay_builder

ASKS = AIMessage("", tool_calls=[{"name": "ask_captain_nemo", "args": {"question": "How deep can we go?"}, "id": "1"}])
AGENT_SCRIPT = (ASKS, "Captain Nemo says that the Nautilus can go as deep as the sea.")
CHARACTER_SCRIPT = ("As deep as the sea itself. The Nautilus does not fear the dark.",)


def create_ask_captain_nemo_tool(*, model: BaseChatModel, memory: MemoryBank) -> BaseTool:
    """A tool that plays one turn of the captain."""
    captain = create_roleplay_builder(model=model, memory=memory).compile(name="captain-nemo")

    @tool
    async def ask_captain_nemo(question: str) -> str:
        """Ask Captain Nemo, who knows the sea."""
        context = Context(persona="captain-nemo", user_name="Aronnax", thinking="quick")
        asked: Any = {"messages": question}
        turn = await captain.ainvoke(asked, context=context)
        return str(turn["reply"])

    return ask_captain_nemo


async def main(agent: BaseChatModel | None = None, character: BaseChatModel | None = None) -> list[str]:
    """What each of them said; without models the words come from scripts."""
    memory = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    captain = create_ask_captain_nemo_tool(model=character or ScriptedChatModel(CHARACTER_SCRIPT), memory=memory)
    crew = create_agent(agent or ScriptedChatModel(AGENT_SCRIPT), tools=[captain])
    asked: Any = {"messages": [{"role": "user", "content": "How deep can the Nautilus go?"}]}
    done = await crew.ainvoke(asked)
    await memory.close()
    return [f"{message.type}: {message.text}" for message in done["messages"] if message.text]


if __name__ == "__main__":
    print("\n".join(asyncio.run(main())))
