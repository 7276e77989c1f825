"""Gather the texts of a turn for its prompts: state holds ids, the texts come from where they live."""

from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.nodes._lore import lore_entries
from langgraph_roleplay.nodes._recalled import passages_of
from langgraph_roleplay.personas import MacroScene, Persona, expand, substitute
from langgraph_roleplay.personas.cleaning import clean_for_prompt
from langgraph_roleplay.personas.lore import ActivatedEntry
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Piece
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import RecallNote, State
from langgraph_roleplay.turn import (
    context_of,
    history_of,
    lore_of,
    scope_of,
    thread_of,
    unseen_kinds,
    user_message,
    user_messages,
)

__all__ = ["constant_lore", "gather_scene", "set_scene"]

_ORIGINAL = "{{original}}"
_MOST_SCENES = 64
_scenes: dict[tuple[object, ...], Scene] = {}
"""A card may be as long as a book, and each of a turn's nodes needs its texts."""


async def gather_scene(state: State, runtime: Runtime[Context], *, resources: Resources) -> Scene:
    """The scene of this turn: persona, lore that was called for, recalled memories, passages, plan."""
    context = context_of(runtime)
    persona = await resources.persona(context)
    thread = thread_of(state, runtime)
    entries = await lore_entries(state, runtime, resources=resources)
    recalled = state.get("recalled") or []
    memories = await _recalled(state, runtime, character=persona.id, resources=resources)
    passages = await passages_of(state, runtime, resources=resources)
    return replace(
        set_scene(persona, context, thread=thread, trusted=await resources.trusts(context)),
        lore=_lore(entries, persona, context, thread=thread, state=state),
        memories=_pieces(memories, recalled, "memory"),
        passages=_pieces(passages, state.get("passages") or [], "passage"),
        left_out=[*_missed_lore(state, entries), *_gone(recalled, memories)],
        plan=state.get("plan"),
        unseen=unseen_kinds(user_messages(state)),
    )


def set_scene(persona: Persona, context: Context, *, thread: str, trusted: bool = False) -> Scene:
    """The part of the scene that never changes in the conversation `thread`."""
    knobs = (context.user_name, context.user_description, context.greeting, context.language)
    key = (persona.digest, thread, trusted, *knobs)
    scene = _scenes.pop(key, None) or _set_scene(persona, context, thread=thread, trusted=trusted)
    _scenes[key] = scene
    while len(_scenes) > _MOST_SCENES:
        del _scenes[next(iter(_scenes))]
    return scene


def _set_scene(persona: Persona, context: Context, *, thread: str, trusted: bool) -> Scene:
    macros = _lasting_macros(persona, context, thread=thread)
    around = replace(macros, original=_ORIGINAL)  # what it stands for is put in where our rules are known
    greetings = persona.greetings
    chosen = greetings[context.greeting] if context.greeting < len(greetings) else persona.first_mes
    return Scene(
        char=persona.display_name,
        user=context.user_name,
        language=persona.language if context.language == "auto" else context.language,
        description=_filled(persona.description, macros),
        personality=_filled(persona.personality, macros),
        scenario=_filled(persona.scenario, macros),
        user_description=context.user_description,
        system_prompt=_filled(persona.system_prompt, around),
        post_history=_filled(persona.post_history_instructions, around),
        trusted=trusted,
        greeting=_filled(chosen, macros),
        minor=persona.is_minor,
        examples=[_rows(_filled(block, macros), persona, context) for block in persona.examples],
    )


def _filled(text: str, macros: MacroScene) -> str:
    """The text of a card as a model may read it."""
    return clean_for_prompt(expand(text, macros=macros)).strip() if text else ""


def constant_lore(entries: Sequence[ActivatedEntry], persona: Persona, context: Context, *, thread: str) -> list[Piece]:
    """The entries that stand in every prompt, as the part that never changes shows them."""
    return [_lore_piece(entry, _lasting_macros(persona, context, thread=thread)) for entry in entries if entry.constant]


def _lore(
    entries: Sequence[ActivatedEntry], persona: Persona, context: Context, *, thread: str, state: State
) -> list[Piece]:
    always = _lasting_macros(persona, context, thread=thread)
    # Its dice fall anew with every reply, but not between the model calls of one.
    said = {message.type: message.text for message in history_of(state)}
    message = user_message(state)
    user_said, char_said = message.text if message else said.get("human", ""), said.get("ai", "")
    called = replace(
        always,
        turn=state["reply_id"],
        last_message=user_said if message else char_said,
        last_user_message=user_said,
        last_char_message=char_said,
    )
    shown = [entry for entry in entries if entry.place != "outlet"]
    return [_lore_piece(entry, always if entry.constant else called) for entry in shown]


def _lasting_macros(persona: Persona, context: Context, *, thread: str) -> MacroScene:
    char, user = persona.display_name, context.user_name
    return MacroScene(
        char=char,
        user=user,
        persona=context.user_description,
        description=substitute(persona.description, char=char, user=user),
        personality=substitute(persona.personality, char=char, user=user),
        scenario=substitute(persona.scenario, char=char, user=user),
        seed=thread,
    )


def _lore_piece(entry: ActivatedEntry, macros: MacroScene) -> Piece:
    return Piece(
        name=entry.name,
        text=_filled(entry.text, macros),
        source="lorebook",
        why=entry.why,
        place=entry.place,
        depth=entry.depth,
        role=entry.role,
        constant=entry.constant,
        priority=entry.priority,
        first_out=entry.first_out,
    )


def _missed_lore(state: State, entries: Sequence[ActivatedEntry]) -> list[Piece]:
    """What the engine left out, and entries for outlets, which nothing names."""
    missed = [(note["name"], note["why"]) for note in lore_of(state) if note["left_out"]]
    outlets = [entry.name for entry in entries if entry.place == "outlet"]
    missed += [(name, "it stands in an outlet, which is not shown") for name in outlets]
    return [Piece(name=name, text="", source="lorebook", why=f"left out: {why}") for name, why in missed]


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
