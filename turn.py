"""What nodes and tools read from a turn: its context, its words, its scope."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.runtime import ExecutionInfo, ServerInfo

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Scope, branch_keys, turns_on
from langgraph_roleplay.state import Event, LoreNote, PromptNote, State

__all__ = [
    "OWN",
    "UNSEEN",
    "TurnRuntime",
    "branch_of",
    "cap_reached",
    "context_of",
    "history_of",
    "lore_of",
    "note_event",
    "own_last_words",
    "prompt_of",
    "scope_of",
    "thread_of",
    "turn_number",
    "unseen_kinds",
    "user_message",
    "user_messages",
]

OWN = "langgraph_roleplay"
"""Marks a message as a reply of ours, beside those of other agents in the same conversation."""
UNSEEN = "unseen"
"""Under this a kept message of the user says which kinds of parts came with its words."""
_NO_LORE = LoreNote(
    uid="",
    name="",
    place="after_char",
    depth=0,
    speaks_as="system",
    outlet="",
    constant=False,
    order=0,
    priority=0,
    first_out=False,
    key="",
    why="",
    book="",
    left_out=False,
)
_NO_PIECE = PromptNote(piece="", source="", place="tail", tokens=0, kept=0, counted=False, why="")
_KINDS = ("audio", "file", "image", "video")


class TurnRuntime(Protocol):
    """The part that LangGraph's `Runtime` and a tool's `ToolRuntime` have in common."""

    @property
    def context(self) -> Context | None:
        """The run's context."""

    @property
    def execution_info(self) -> ExecutionInfo | None:
        """Thread and run."""

    @property
    def server_info(self) -> ServerInfo | None:
        """The server's word on who is logged in."""


def context_of(runtime: TurnRuntime) -> Context:
    """The turn's context: what the caller gave, or the defaults.

    Inside a larger graph the run's context is that graph's own. Where it is of another type, its field or key
    `roleplay` is ours; nothing else of it is guessed at, because the same name may mean another thing there.

    Raises:
        ValidationError: a value of `roleplay` is out of bounds.
    """
    given: object = runtime.context
    if isinstance(given, Context):
        return given
    own = given.get("roleplay") if isinstance(given, Mapping) else getattr(given, "roleplay", None)
    return Context.model_validate(own or {})


def note_event(node: str, text: str, *, kind: Literal["info", "degraded", "blocked"] = "info") -> list[Event]:
    """One line about one decision, as the `events` channel takes it."""
    return [{"node": node, "kind": kind, "text": text}]


def own_last_words(state: State) -> AIMessage | None:
    """Our last reply, if the user has said nothing since: what a turn without a new message carries on."""
    for message in reversed(state.get("messages") or []):
        if isinstance(message, HumanMessage):
            return None
        if isinstance(message, AIMessage) and message.additional_kwargs.get(OWN):
            return message
    return None


def user_message(state: State) -> HumanMessage | None:
    """The message to answer; None when the character's own last words are to be carried on.

    What other agents of a larger graph have said after it is theirs.
    """
    pending = user_messages(state)
    return pending[-1] if pending else None


def user_messages(state: State) -> list[HumanMessage]:
    """All that the user has said since our last reply: more than one, if a turn was broken off."""
    pending: list[HumanMessage] = []
    for message in reversed(state.get("messages") or []):
        if isinstance(message, AIMessage) and message.additional_kwargs.get(OWN):
            break
        if isinstance(message, AIMessage) and pending:
            break
        if isinstance(message, HumanMessage):
            pending.insert(0, message)
    return pending


def unseen_kinds(messages: Sequence[HumanMessage]) -> list[str]:
    """The kinds of what came with `messages` and is not words; a name of the client's own is not passed on."""
    named: set[str] = set()
    for message in messages:
        parts = [part for part in message.content if isinstance(part, dict) and part.get("type") != "text"]
        kept = message.additional_kwargs.get(UNSEEN)
        named |= {str(part.get("type")).removesuffix("_url") for part in parts}
        named |= set(map(str, kept)) if isinstance(kept, list) else set()
    return sorted({kind if kind in _KINDS else "something unknown" for kind in named})


def history_of(state: State) -> Sequence[AnyMessage]:
    """The spoken messages before the one to answer."""
    messages, asked = state["messages"], user_message(state)
    before = messages if asked is None else messages[: messages.index(asked)]
    return [message for message in before if message.type in ("human", "ai")]


def branch_of(state: State) -> tuple[str, ...]:
    """Keys of the branch that this state stands on, one for each message that was ever spoken on it.

    A host that trims `messages` keeps them by keeping the channel `branch`.
    """
    return branch_keys(state["messages"], known=state.get("branch") or ())


def lore_of(state: State) -> list[LoreNote]:
    """The turn's lore; a thread that an older version wrote knows less of it, and no entry by its uid."""
    return [cast(LoreNote, {**_NO_LORE, "name": note.get("key", ""), **note}) for note in _notes(state, "lore")]


def prompt_of(state: State) -> list[PromptNote]:
    """What the turn's prompt was made of; a thread that an older version wrote doesn't say where pieces stood."""
    return [cast(PromptNote, {**_NO_PIECE, **note}) for note in _notes(state, "prompt")]


def _notes(state: State, channel: str) -> list[dict[str, Any]]:
    return cast("dict[str, Any]", state).get(channel) or []


def turn_number(state: State) -> int:
    """Number of the turn within this branch, from 1."""
    return max(1, turns_on(branch_of(state)))


def thread_of(state: State, runtime: TurnRuntime) -> str:
    """The conversation's id; a run without a thread is a conversation of its own."""
    info = runtime.execution_info
    return (info.thread_id if info else None) or f"run-{state.get('reply_id', '')}"


def cap_reached(state: State, context: Context) -> str:
    """Why no further model call may be made in this turn; empty while one may."""
    usage = state.get("usage")
    if not usage:
        return ""
    tokens = usage["input_tokens"] + usage["output_tokens"]
    if tokens >= context.max_turn_tokens:
        return f"the turn has taken {tokens} tokens, its cap is {context.max_turn_tokens}"
    if context.max_turn_cost is not None and usage["cost"] is not None and usage["cost"] >= context.max_turn_cost:
        return f"the turn has cost ${usage['cost']:.4f}, its cap is ${context.max_turn_cost:.4f}"
    return ""


def scope_of(state: State, runtime: TurnRuntime, *, character: str) -> Scope:
    """Who remembers whom: the tenant is the logged-in user where there is one, never what a message claims."""
    user = runtime.server_info.user if runtime.server_info else None
    return Scope(
        character=character,
        user=user.identity if user else context_of(runtime).user_name,
        thread=thread_of(state, runtime),
        branch=branch_of(state),
        story_time=context_of(runtime).story_time,
    )
