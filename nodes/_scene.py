"""Gather the texts of a turn for its prompts: state holds ids, the texts come from where they live."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.nodes._lore import lore_entries
from langgraph_roleplay.nodes._recalled import passages_of
from langgraph_roleplay.nodes._told_lore import called_macros, filled, lore_pieces, missed_lore, outlet_texts
from langgraph_roleplay.personas import MacroScene, Persona, lasting_macros
from langgraph_roleplay.personas.lore import ActivatedEntry
from langgraph_roleplay.prompts.scene import ORIGINAL, Scene
from langgraph_roleplay.prompts.sections import Piece
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import RecallNote, State
from langgraph_roleplay.turn import (
    context_of,
    scope_of,
    thread_of,
    unseen_kinds,
    user_messages,
)

__all__ = ["gather_scene", "lasting_scene", "set_scene"]

_MOST_SCENES = 64
_scenes: OrderedDict[tuple[object, ...], Scene] = OrderedDict()
"""A card may be as long as a book, and each of a turn's nodes needs its texts."""
_lock = threading.Lock()
"""A process may have several event loops, each in a thread."""


async def gather_scene(state: State, runtime: Runtime[Context], *, resources: Resources) -> Scene:
    """The scene of this turn: persona, lore that was called for, recalled memories, passages, plan."""
    context = context_of(runtime)
    persona = await resources.persona(context)
    thread = thread_of(state, runtime)
    entries = await lore_entries(state, runtime, resources=resources)
    recalled = state.get("recalled") or []
    memories = await _recalled(state, runtime, character=persona.id, resources=resources)
    passages = await passages_of(state, runtime, resources=resources)
    trusted = await resources.trusts(context)
    scene, lasting = _lasting(persona, context, entries, thread=thread, trusted=trusted)
    called = called_macros(state, lasting)
    called = replace(called, outlets=outlet_texts(entries, replace(called, outlets={})))
    return replace(
        scene,
        lore=lore_pieces(entries, lasting=lasting, called=called),
        memories=_pieces(memories, recalled, "memory"),
        passages=_pieces(passages, state.get("passages") or [], "passage"),
        left_out=[*missed_lore(state, entries), *_gone(recalled, memories)],
        plan=state.get("plan"),
        unseen=unseen_kinds(user_messages(state)),
    )


def lasting_scene(
    persona: Persona, context: Context, entries: Sequence[ActivatedEntry], *, thread: str, trusted: bool
) -> Scene:
    """The part of every scene of the conversation `thread` that its prompts begin with: who, and constant lore.

    Args:
        persona: who speaks.
        context: of the call.
        entries: the lore of a turn, or of none yet; what is not constant is left out.
        thread: the conversation's id.
        trusted: whether the card may give instructions.
    """
    return _lasting(persona, context, entries, thread=thread, trusted=trusted)[0]


def _lasting(
    persona: Persona, context: Context, entries: Sequence[ActivatedEntry], *, thread: str, trusted: bool
) -> tuple[Scene, MacroScene]:
    macros = _macros(persona, context, thread=thread)
    outlets = outlet_texts([entry for entry in entries if entry.constant], macros)
    scene = set_scene(persona, context, thread=thread, trusted=trusted, outlets=tuple(outlets.items()))
    macros = replace(macros, outlets=outlets)
    return replace(scene, lore=lore_pieces(entries, lasting=macros)), macros


def set_scene(
    persona: Persona, context: Context, *, thread: str, trusted: bool = False, outlets: Sequence[tuple[str, str]] = ()
) -> Scene:
    """The part of the scene that never changes in the conversation `thread`; `outlets` are constant lore by name."""
    knobs = (context.user_name, context.user_description, context.greeting, context.language)
    key = (persona.digest, thread, trusted, *knobs, *outlets)
    scene = _scenes.get(key)
    if scene is None:
        lasting = _macros(persona, context, thread=thread)
        scene = _set_scene(persona, context, replace(lasting, outlets=dict(outlets)), lasting, trusted=trusted)
    with _lock:
        _scenes[key] = scene
        _scenes.move_to_end(key)
        while len(_scenes) > _MOST_SCENES:
            _scenes.popitem(last=False)
    return scene


def _set_scene(persona: Persona, context: Context, macros: MacroScene, at_first: MacroScene, *, trusted: bool) -> Scene:
    """Its texts; `at_first` is what the greeting knows, which is shown before there is any lore."""
    around = replace(macros, original=ORIGINAL)  # what it stands for is put in where our rules are known
    greetings = persona.greetings
    chosen = greetings[context.greeting] if context.greeting < len(greetings) else persona.first_mes
    return Scene(
        char=persona.display_name,
        user=context.user_name,
        language=persona.language if context.language == "auto" else context.language,
        description=filled(persona.description, macros),
        personality=filled(persona.personality, macros),
        scenario=filled(persona.scenario, macros),
        user_description=context.user_description,
        system_prompt=filled(persona.system_prompt, around),
        post_history=filled(persona.post_history_instructions, around),
        trusted=trusted,
        greeting=filled(chosen, at_first),
        minor=persona.is_minor,
        examples=[_rows(filled(block, macros), persona, context) for block in persona.examples],
    )


def _macros(persona: Persona, context: Context, *, thread: str) -> MacroScene:
    return lasting_macros(persona, user=context.user_name, about_user=context.user_description, thread=thread)


def _pieces(found: Sequence[Memory], notes: Sequence[RecallNote], kind: str) -> list[Piece]:
    why = {note["id"]: f"{note['score']:.3f}: {note['why']}" for note in notes}
    source = "memory" if kind == "memory" else "document"
    return [
        Piece(name=f"{kind} {number}", text=one.told, source=source, why=why.get(one.id, ""), priority=-number)
        for number, one in enumerate(found, 1)
    ]


def _gone(notes: Sequence[RecallNote], memories: Sequence[Memory]) -> list[Piece]:
    there = {memory.id for memory in memories}
    gone = [note["id"] for note in notes if note["id"] not in there]
    return [Piece(name=f"memory {lost[:8]}", text="", source="memory", why="left out: it is gone") for lost in gone]


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


def _rows(block: str, persona: Persona, context: Context) -> tuple[tuple[str, str], ...]:
    """Split one example dialogue into `(role, text)`; a line without a speaker belongs to the one before."""
    speakers = {f"{context.user_name}:": "user", f"{persona.display_name}:": "char"}
    rows: list[tuple[str, str]] = []
    for line in filter(None, map(str.strip, block.splitlines())):
        role = next((role for prefix, role in speakers.items() if line.startswith(prefix)), None)
        if role:
            rows.append((role, line.partition(":")[2].strip()))
        elif rows:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]}\n{line}")
    return tuple(rows)
