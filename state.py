"""State: the three contracts of a turn. What comes in, what flows, what goes out.

Two lifetimes. The conversation: `messages`, `plan`, `branch`, `lore_state`. The turn: all else, which `check_input`
clears when the next message comes, so that Studio and `/why` can read the last turn. Everything is plain JSON or a
message: ids, scores and short summaries. Persona text, prompts and whole memories are never kept here, because every
channel is written to every checkpoint.
"""

import uuid
from collections.abc import Sequence
from functools import reduce
from itertools import count
from operator import add
from typing import Annotated, Any, Literal, NotRequired, cast

from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage, convert_to_messages
from langgraph.channels import DeltaChannel
from langgraph.graph.message import add_messages
from pydantic import Field
from typing_extensions import TypedDict

__all__ = [
    "Clock",
    "Draft",
    "Event",
    "Growth",
    "InputState",
    "LoreNote",
    "Messages",
    "OutputState",
    "PersonaNote",
    "PlanNote",
    "PromptNote",
    "RecallNote",
    "Review",
    "State",
    "Usage",
    "VerdictNote",
    "add_usage",
    "merge_messages",
]

_SNAPSHOT_EVERY = 40
_ID_NAMESPACE = uuid.UUID("5d0f5b0a-6c43-4b0e-9a66-0f2a35a3c0de")


def merge_messages(messages: list[AnyMessage], writes: Sequence[Any]) -> list[AnyMessage]:
    """Fold `writes` into `messages` as `add_messages` does, one write after another.

    A `DeltaChannel` replays its writes at every read, so a message that came without an id gets one that depends
    only on its place and text, not a new random one at each replay.
    """
    return reduce(_merge_one, writes, messages)


def _merge_one(messages: list[AnyMessage], write: Any) -> list[AnyMessage]:
    incoming = [_read(item) for item in (write if isinstance(write, list) else [write])]
    named = _with_ids(incoming, messages)
    try:
        merged = add_messages(list(messages), named)  # type: ignore[arg-type]  # list is invariant
    except ValueError:  # it removes a message that isn't there
        return messages
    return cast("list[AnyMessage]", merged)


def _read(item: Any) -> BaseMessage:
    """One message; what is none stands as an empty one that says why.

    The write is kept before it is read, and read again with the thread for ever after: raising here would lose the
    whole conversation to one bad request.
    """
    try:
        (message,) = convert_to_messages([item])
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        return HumanMessage("", additional_kwargs={"unreadable": reason})
    return message


def _with_ids(incoming: list[BaseMessage], messages: list[AnyMessage]) -> list[BaseMessage]:
    taken = {message.id for message in [*messages, *incoming]}
    named: list[BaseMessage] = []
    for place, message in enumerate(incoming, len(messages)):
        named.append(message if message.id else _with_id(message, place, taken))
        taken.add(named[-1].id)
    return named


def _with_id(message: BaseMessage, place: int, taken: set[str | None]) -> BaseMessage:
    """Name `message` by its place, or the next that is free: a host that trims the list moves the others up."""
    names = (f"{free}:{message.type}:{message.content!r}" for free in count(place))
    ids = (str(uuid.uuid5(_ID_NAMESPACE, name)) for name in names)
    return message.model_copy(update={"id": next(each for each in ids if each not in taken)})


def _newest(notes: list[Any], writes: Sequence[list[Any]]) -> list[Any]:
    return writes[-1] if writes else notes


def _appended(notes: list[Any], writes: Sequence[list[Any]]) -> list[Any]:
    return reduce(add, writes, notes)


def _regrown(keys: list[str], writes: Sequence["Growth | list[str]"]) -> list[str]:
    """Fold growths of a branch into its keys; a plain list, as Studio's editor sends it, replaces them."""
    for write in writes:
        keys = list(write) if isinstance(write, list) else [*keys[: write["start"]], *write["keys"]]
    return keys


# Stock checkpoints rewrite `messages` whole at every step (179 MB after 200 turns); a DeltaChannel keeps only
# what each step added. A full copy every 40 updates (20 turns) bounds how far a read has to go back.
Messages = Annotated[
    list[AnyMessage],
    Field(description="The conversation. Send the user's message; none at all carries the last reply on."),
    DeltaChannel(merge_messages, list, snapshot_frequency=_SNAPSHOT_EVERY),
]


class Event(TypedDict):
    """One line about one decision."""

    node: str
    kind: Literal["info", "degraded", "blocked"]
    text: str


class VerdictNote(TypedDict):
    """What a check decided."""

    stage: Literal["input", "reply"]
    rule: str
    way: Literal["in_character", "narrator", "out_of_character"]
    keep: bool
    """Whether the turn may be kept in memory (a crisis turn may not)."""


class Clock(TypedDict):
    """When a turn began: the same for all of its model calls."""

    now: float
    """Unix seconds, UTC."""
    idle: float | None
    """Seconds since the turn before; None in the first."""


class PersonaNote(TypedDict):
    """Who speaks in this turn."""

    id: str
    name: str
    hash: str


class LoreNote(TypedDict):
    """One lore entry that was called for: the fields of `personas.lore.ActivatedEntry` without the text."""

    uid: str
    name: str
    place: str
    depth: int
    speaks_as: Literal["system", "user", "assistant"]
    """Its role; a key `role` would make LangGraph take the note for a message."""
    outlet: str
    constant: bool
    order: float
    priority: float
    first_out: bool
    key: str
    why: str
    """Why it was called for, or why it was left out."""
    book: str
    """Name of its lorebook; empty where that has none."""
    left_out: bool


class Growth(TypedDict):
    """What a turn changed of the branch: from `start` on it has other keys."""

    start: int
    keys: list[str]


class RecallNote(TypedDict):
    """One recalled memory: enough to read, not the memory itself."""

    id: str
    score: float
    why: str
    text: str
    """At most 160 characters."""


class PlanNote(TypedDict):
    """What the character is up to in this reply."""

    intent: str
    emotion: str
    goal: str
    avoid: str
    source: str
    """The rung of the structured-output ladder that gave it, or `rule` when no model was asked."""


class PromptNote(TypedDict):
    """One piece of the prompt: how long it was, and how much of it was kept."""

    piece: str
    source: str
    """Where it comes from: `rules`, `card`, `lorebook`, `memory`, `document`, `plan`, `history`, `user`, `tools`."""
    place: Literal["prefix", "history", "depth", "tail"]
    """Where it stands: in the part that never changes, among earlier messages, or beside the user's message."""
    tokens: int
    kept: int
    counted: bool
    """Whether the model's own tokenizer has counted them, or they are an estimate."""
    why: str
    """Why it is in the prompt, or why it was left out or shortened."""


class Draft(TypedDict):
    """A reply on its way."""

    text: str
    faulty: list[str]
    """Those sentences of `text` in which the checks found a fault."""
    faults: list[str]
    held: bool
    """Whether it waits for reflection; nothing of it has been released then."""


class Review(TypedDict):
    """What reflection has made of the drafts of this turn."""

    revisions: int
    critique: str
    """Why the last draft was sent back; empty when it was not."""
    best: Draft | None
    """The best draft so far, when one was sent back."""


class Usage(TypedDict):
    """What the model calls of the turn took."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    """Dollars; None where the price is not known."""


def add_usage(usage: Usage | None, more: Usage | None) -> Usage | None:
    """Both together; the cost is known only if both are."""
    if not usage or not more:
        return more or usage
    costs = (usage["cost"], more["cost"])
    return {
        "calls": usage["calls"] + more["calls"],
        "input_tokens": usage["input_tokens"] + more["input_tokens"],
        "output_tokens": usage["output_tokens"] + more["output_tokens"],
        "cost": None if costs[0] is None or costs[1] is None else costs[0] + costs[1],
    }


class InputState(TypedDict):
    """What comes in: the user's message. If the last message is the character's own, the turn carries it on."""

    messages: Messages


class OutputState(TypedDict):
    """What goes out: the conversation with the new reply, and the reply's text on its own.

    Not `events`: a server streams all that goes out to its clients, and they tell of plan and critique. They are in the
    thread's state, and `ainvoke(..., output_keys=["reply", "events"])` gives them without a thread.
    """

    messages: Messages
    reply: Annotated[str, Field(description="Text of the character's reply.")]


class State(InputState):
    """What flows between the nodes."""

    plan: NotRequired[PlanNote]
    """Plan of this reply; on `quick` the last one carries on."""
    branch: NotRequired[Annotated[list[str], DeltaChannel(_regrown, list, snapshot_frequency=_SNAPSHOT_EVERY)]]
    """Key of every message that was ever spoken on this branch (`memory.branch_keys`), trimmed ones too."""

    reply_id: NotRequired[str]
    """Id of the reply's message; also of every streamed part of it."""
    reply: NotRequired[str]
    """Text of the finished reply."""
    clock: NotRequired[Clock]
    persona: NotRequired[PersonaNote]
    lore_state: NotRequired[dict[str, dict[str, Any]]]
    """What lasts of lore beyond a turn (sticky, cooldown), by entry: `personas.lore.LoreState`."""
    passages: NotRequired[Annotated[list[RecallNote], DeltaChannel(_newest, list, snapshot_frequency=_SNAPSHOT_EVERY)]]
    """What was found in the character's documents."""
    lore: NotRequired[Annotated[list[LoreNote], DeltaChannel(_newest, list, snapshot_frequency=_SNAPSHOT_EVERY)]]
    recalled: NotRequired[Annotated[list[RecallNote], DeltaChannel(_newest, list, snapshot_frequency=_SNAPSHOT_EVERY)]]
    prompt: NotRequired[Annotated[list[PromptNote], DeltaChannel(_newest, list, snapshot_frequency=_SNAPSHOT_EVERY)]]
    """Why each piece is in the prompt, and what was left out."""
    exchange: NotRequired[Annotated[list[dict[str, Any]], add]]
    """Tool calls and their results within this turn, as plain JSON: LangGraph streams every message that a node
    returns to the clients, whatever channel it goes to."""
    draft: NotRequired[Draft]
    review: NotRequired[Review]
    """What reflection has made of the drafts."""
    usage: NotRequired[Usage | None]
    """What the model calls of the turn took so far."""
    verdict: NotRequired[VerdictNote | None]
    """Set when a check wants the turn deflected."""
    events: NotRequired[Annotated[list[Event], DeltaChannel(_appended, list, snapshot_frequency=_SNAPSHOT_EVERY)]]
    """What was decided in this turn, one line each."""
