"""`roleplay memory edit`, `hide`, `unhide`, `approve`, `reject`: what a memory says, and whether it is heard."""

from langgraph_roleplay.cli.counts import memories
from langgraph_roleplay.cli.memory_bank import find_memory, open_memory
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.memory import Scope
from langgraph_roleplay.memory.distilling.quarantine import approve, reject
from langgraph_roleplay.memory.keeping.looking import resting_on
from langgraph_roleplay.settings import Settings

__all__ = ["decide", "edit_text", "set_hidden"]


async def edit_text(memory_id: str, text: str, *, user: str, settings: Settings) -> list[str]:
    """Put other words into a memory; returns what to tell.

    Raises:
        RoleplayError: there is none of that id, or the text is empty.
    """
    if not text.strip():
        raise RoleplayError("A memory needs words; `roleplay memory forget` takes it out.")
    async with open_memory(settings) as memory:
        found = (await find_memory(memory.bank, memory_id, user=user)).memory
        await memory.bank.edit(found.id, text, user=user)
        remains = await memory.bank.home.purge()
        resting = await resting_on(memory.bank.home, found)
    lines = [f"{found.id} now says: {text}", remains]
    if resting:
        lines.append(
            f"What rests on it still says what it said ({memories(len(resting))}): `roleplay memory show` names it."
        )
    if found.message_id:
        lines.append("The conversation itself keeps the words as they were said.")
    return [line for line in lines if line]


async def set_hidden(memory_id: str, *, user: str, settings: Settings, hidden: bool) -> str:
    """Hide a memory with what rests on it from every recall, or show it again; returns what to tell.

    Raises:
        RoleplayError: there is none of that id, or it was made of no message.
    """
    async with open_memory(settings) as memory:
        found, was_hidden, *_ = await find_memory(memory.bank, memory_id, user=user)
        if found.message_id is None:
            raise RoleplayError(f"The memory {memory_id} was made of no message: only forget takes it out of recall.")
        scope = Scope(character=found.character, user=user, thread=found.thread)
        change = memory.bank.retract if hidden else memory.bank.restore
        count = await change(scope, message_ids=[found.message_id])
    if was_hidden == hidden:
        return f"The memory {found.id} {'is hidden already' if hidden else 'was not hidden'}."
    if not count:
        return f"The memory {found.id} stays hidden: it rests on one that is hidden."
    return f"{memories(count, 'is', 'are')} {'hidden' if hidden else 'seen again'}."


async def decide(memory_id: str, *, user: str, settings: Settings, let_in: bool) -> str:
    """Let what is in quarantine in, or delete it; returns what to tell.

    Raises:
        RoleplayError: there is none of that id in quarantine, or what it rests on is gone.
    """
    async with open_memory(settings) as memory:
        held = (await find_memory(memory.bank, memory_id, user=user)).memory
        try:
            if not let_in:
                await reject(memory.bank, held.id, user=user)
                return f"Gone from quarantine: {held.text}"
            kept = await approve(memory.bank, held.id, user=user)
        except ValueError as error:
            raise RoleplayError(f"It stays as it is: {error}.") from error
    return f"{kept.character} remembers now: {kept.text} ({kept.id})"
