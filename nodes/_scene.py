"""Gather the texts of a turn for its prompts: state holds ids, the texts come from where they live."""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.messages import AnyMessage
from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.models import ModelProfile
from langgraph_roleplay.personas import Persona, match_lore, substitute
from langgraph_roleplay.prompts.budget import Budget, Report, shorten
from langgraph_roleplay.prompts.compose import Scene, compose_prefix, fit_notes
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State
from langgraph_roleplay.turn import context_of, history_of, scope_of, unseen_kinds, user_message, user_messages

__all__ = ["gather_scene", "recent_texts", "set_scene", "shared_variables", "stable_prefix"]


async def gather_scene(state: State, runtime: Runtime[Context], *, resources: Resources) -> Scene:
    """The scene of this turn: persona, matched lore, recalled memories, plan."""
    context = context_of(runtime)
    persona = await resources.persona(context)
    lore = [match.entry.content for match in match_lore(persona.character_book, recent_texts(state))]
    memories = await _recalled(state, runtime, character=persona.id, resources=resources)
    return replace(
        set_scene(persona, context),
        lore=[_filled(text, persona, context) for text in lore],
        memories=[memory.told for memory in memories],
        plan=state.get("plan"),
        unseen=unseen_kinds(user_messages(state)),
    )


def set_scene(persona: Persona, context: Context) -> Scene:
    """The part of the scene that never changes in a conversation."""
    return Scene(
        char=persona.display_name,
        user=context.user_name,
        language=persona.language if context.language == "auto" else context.language,
        description=_filled(persona.description, persona, context),
        personality=_filled(persona.personality, persona, context),
        scenario=_filled(persona.scenario, persona, context),
        greeting=_filled(persona.first_mes, persona, context),
        minor=persona.is_minor,
        examples=[_rows(block, persona, context) for block in persona.examples],
    )


def stable_prefix(persona: Persona, context: Context, profile: ModelProfile) -> list[AnyMessage]:
    """What every prompt of a conversation begins with: worth reading into a model server's cache beforehand."""
    return compose_prefix(set_scene(persona, context), budget=Budget(profile.prompt_tokens))


def shared_variables(state: State, scene: Scene, *, budget: Budget) -> dict[str, str]:
    """What those who direct the character and those who judge it are both told, each text within its share."""
    persona = "\n".join(filter(None, (scene.description, scene.personality, scene.scenario)))
    room = budget.tail // 2
    notes = fit_notes(replace(scene, plan=None), tokens=room, report=Report())
    message = user_message(state)
    return {
        "char": scene.char,
        "user": scene.user,
        "persona": shorten(persona, budget.prefix),
        "notes": "\n".join(notes) or "(nothing)",
        "message": shorten(message.text, room) if message else "(none: the last reply is carried on)",
    }


def recent_texts(state: State) -> Sequence[str]:
    """The conversation as lore is matched against it, newest last."""
    message = user_message(state)
    return [earlier.text for earlier in history_of(state)] + ([message.text] if message else [])


async def _recalled(state: State, runtime: Runtime[Context], *, character: str, resources: Resources) -> list[Memory]:
    ids = [note["id"] for note in state.get("recalled") or []]
    if not ids:
        return []
    try:
        bank = await resources.memory()
        return await bank.fetch(ids, scope=scope_of(state, runtime, character=character))
    except MemoryUnavailable:
        # It was there a moment ago, for recall; that it is gone now is said by `remember`, which needs it next.
        return []


def _filled(text: str, persona: Persona, context: Context) -> str:
    return substitute(text, char=persona.display_name, user=context.user_name)


def _rows(block: str, persona: Persona, context: Context) -> tuple[tuple[str, str], ...]:
    """Split one example dialogue into `(role, text)`; a line without a speaker belongs to the one before."""
    speakers = {f"{context.user_name}:": "user", f"{persona.display_name}:": "char"}
    rows: list[tuple[str, str]] = []
    for line in filter(None, map(str.strip, _filled(block, persona, context).splitlines())):
        role = next((role for prefix, role in speakers.items() if line.startswith(prefix)), None)
        if role:
            rows.append((role, line.partition(":")[2].strip()))
        elif rows:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]}\n{line}")
    return tuple(rows)
