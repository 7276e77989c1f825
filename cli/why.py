"""Why the character said what it said: the last turn's state, readable."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from langgraph_roleplay.cli.harmless import visible

if TYPE_CHECKING:
    from langgraph_roleplay.state import Event, LoreNote, PromptNote, RecallNote, State

__all__ = ["degraded_lines", "explain_turn"]

_STYLES = {"info": "", "degraded": "yellow", "blocked": "red"}
_TOLD = {
    "recall_memory": "Memory is off, so nothing of earlier conversations is known: {reason}",
    "remember": "This turn will not be remembered in other conversations: {reason}",
    "use_tools": "A tool has failed: {reason}",
    "plan": "The model made no plan of its own: {reason}",
}
_PLACES = {
    "prefix": "what never changes",
    "history": "earlier messages",
    "depth": "between earlier messages",
    "tail": "beside your message",
}
_LATER = "This turn will be remembered as soon as the memory is back: {reason}"
_WORDLESS = "The model found no fitting words; /swipe asks it again."


def explain_turn(state: "State") -> RenderableType:
    """Everything that the state knows of its last turn."""
    if not state.get("reply_id"):
        return Text("No turn yet.")
    number = sum(message.type == "human" for message in state["messages"])
    persona = state.get("persona")
    title = f"Turn {number}" + (f" of {visible(persona['name'])} ({persona['hash']})" if persona else "")
    sections = (
        _plan(state),
        _memories(state),
        _passages(state),
        _lore(state),
        _checks(state),
        _prompt(state),
        _usage(state),
        _events(state),
    )
    return Group(Text(title, style="bold"), *(part for section in sections for part in section))


def degraded_lines(state: "State") -> list[str]:
    """What did not work as it should and the user would want to know; trifles about a reply's form are in /why."""
    events = [event for event in state.get("events") or [] if event["kind"] == "degraded"]
    answered = state.get("verdict") is None
    lines = (_in_plain_words(event, answered=answered) for event in events)
    return list(dict.fromkeys(line for line in lines if line))


def _in_plain_words(event: "Event", *, answered: bool) -> str:
    """What an event means to the user; empty if nothing."""
    reason = event["text"].partition(": ")[2] or event["text"]
    if event["text"].startswith("kept in the outbox"):
        return _LATER.format(reason=reason)
    if event["node"] in _TOLD:
        return _TOLD[event["node"]].format(reason=reason)
    if answered or event["node"] != "respond":
        return ""
    return f"The model failed: {reason}" if event["text"].startswith("the model failed") else _WORDLESS


def _plan(state: "State") -> Iterable[RenderableType]:
    plan = state.get("plan")
    if not plan:
        return _section("Plan", ["none"])
    fields = {key: plan[key] for key in ("intent", "emotion", "goal", "avoid")}
    lines = [f"{key}: {value}" for key, value in fields.items() if value]
    return _section(f"Plan (by {plan['source']})", lines)


def _memories(state: "State") -> Iterable[RenderableType]:
    return _section("Memories", _recalled(state.get("recalled")) or ["none"])


def _passages(state: "State") -> Iterable[RenderableType]:
    lines = _recalled(state.get("passages"))
    return _section("Passages of documents", lines) if lines else ()


def _recalled(notes: "list[RecallNote] | None") -> list[str]:
    return [f"{note['score']:.3f}  {note['text']}\n       because: {note['why']}" for note in notes or []]


def _lore(state: "State") -> Iterable[RenderableType]:
    from langgraph_roleplay.turn import lore_of  # noqa: PLC0415 - langgraph takes seconds to import

    notes = lore_of(state)
    if not notes:
        return _section("Lore", ["none"])
    table = Table.grid(padding=(0, 2))
    several = len({note["book"] for note in notes}) > 1
    for note in notes:
        place = "left out" if note["left_out"] else _lore_place(note)
        style = "dim" if note["left_out"] else ""
        book = [note["book"]] if several else []
        table.add_row(*(Text(visible(text), style=style) for text in (f"  {note['name']}", *book, place, note["why"])))
    return (Text("\nLore", style="bold"), table)


def _lore_place(note: "LoreNote") -> str:
    """Where its text stands; only what is always there keeps the place that its author gave it."""
    where = note["place"].replace("_", " ") if note["constant"] else "beside your message"
    if note["place"] == "at_depth" and note["depth"]:
        where = f"at depth {note['depth']} as {note['speaks_as']}"
    return f"always, {where}" if note["constant"] else where


def _checks(state: "State") -> Iterable[RenderableType]:
    verdict = state.get("verdict")
    draft = state.get("draft")
    faults = draft["faults"] if draft else []
    said = [f"{verdict['stage']}: {verdict['rule']}, answered {verdict['way']}"] if verdict else []
    return _section("Checks", [*said, *faults] or ["passed"])


def _prompt(state: "State") -> Iterable[RenderableType]:
    from langgraph_roleplay.turn import prompt_of  # noqa: PLC0415 - langgraph takes seconds to import

    notes = prompt_of(state)
    if not notes:
        return _section("Prompt", ["none: no model was asked, or the reply was broken off"])
    kept = sum(note["kept"] for note in notes)
    how = "counted by the model's server" if all(note["counted"] for note in notes) else "estimated"
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="left")
    table.add_column(justify="right")
    for place, title in _PLACES.items():
        there = [note for note in notes if note["place"] == place]
        if there:
            table.add_row(Text(f"  {title}", style="italic"), Text(str(sum(note["kept"] for note in there))))
        for note in there:
            table.add_row(*_piece(note))
    return (Text(f"\nPrompt ({kept} tokens, {how})", style="bold"), table)


def _piece(note: "PromptNote") -> tuple[Text, Text, Text]:
    style = "" if note["kept"] else "dim"
    texts = (
        f"    {note['piece']}",
        _share(note["kept"], note["tokens"]),
        ": ".join(filter(None, (note["source"], note["why"]))),
    )
    return Text(visible(texts[0]), style=style), Text(texts[1], style=style), Text(visible(texts[2]), style=style)


def _usage(state: "State") -> Iterable[RenderableType]:
    usage = state.get("usage")
    if not usage:
        return _section("Model calls", ["none"])
    cost = "price unknown" if usage["cost"] is None else f"${usage['cost']:.4f}"
    tokens = f"{usage['input_tokens']} tokens in, {usage['output_tokens']} out"
    return _section("Model calls", [f"{usage['calls']}: {tokens}, {cost}"])


def _share(kept: int, tokens: int) -> str:
    if kept:
        return f"{tokens}" if kept >= tokens else f"{kept} of {tokens}"
    return f"left out ({tokens})" if tokens else "left out"


def _events(state: "State") -> Iterable[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for event in state.get("events") or []:
        table.add_row(*_event(event))
    return (Text("\nEvents", style="bold"), table)


def _event(event: "Event") -> tuple[Text, Text]:
    return Text(f"  {event['node']}"), Text(visible(event["text"]), style=_STYLES[event["kind"]])


def _section(title: str, lines: Iterable[str]) -> Iterable[RenderableType]:
    return (Text(f"\n{title}", style="bold"), *(Text(f"  {visible(line)}") for line in lines))
