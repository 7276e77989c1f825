"""What the stations of `reminisce` share: its state, whose memory it is, and how they ask a model."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add
from typing import Annotated, Any, NotRequired, TypeVar, cast

from langgraph.channels import UntrackedValue
from langgraph.runtime import Runtime
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory, Selection
from langgraph_roleplay.memory.distilling.admission import Admission
from langgraph_roleplay.memory.distilling.gate import Shown
from langgraph_roleplay.models import Answer, ModelProfile
from langgraph_roleplay.nodes._ask import ask_form
from langgraph_roleplay.prompts.budget import estimate_tokens, shorten
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import Event, State, Usage
from langgraph_roleplay.turn import context_of

__all__ = [
    "Reminiscence",
    "ReminiscenceInput",
    "ReminiscenceOutput",
    "Whose",
    "ask_about",
    "counted",
    "fit_lines",
    "numbered",
    "room_for_lines",
    "shown_to_model",
    "whose_memory",
]

T = TypeVar("T", bound=BaseModel)

_SHARE = 0.6
"""Of a prompt, what lines of memory may take."""
_LINE_SHARE = 0.3
"""Of the room for lines, what a single one may take."""


def _count(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(more))


class ReminiscenceInput(TypedDict):
    """Whose memory is to be distilled; where someone is logged in, it is that one's, whatever is said here."""

    user: NotRequired[Annotated[str, Field(description="Default: the user name of the context.")]]
    character: NotRequired[Annotated[str, Field(description="Id of the character; default: the context's persona.")]]
    thread: NotRequired[Annotated[str, Field(description="Only what was said in this conversation; default: in all.")]]


class ReminiscenceOutput(TypedDict):
    """What came of it."""

    failure: str
    """Why it did not come to its end; empty if it did."""
    kept: dict[str, int]
    """What was written, by kind."""
    refused: dict[str, int]
    """What the gate kept out, by rule; it lies in quarantine."""
    events: list[Event]


class Reminiscence(ReminiscenceInput):
    """What flows between the stations: ids and counts; texts stay in the bank, where they can be forgotten."""

    batch: NotRequired[list[str]]
    """Ids of the turns at hand, all of one conversation."""
    threads: NotRequired[list[str]]
    """The conversations of which something was distilled in this run."""
    candidates: NotRequired[Annotated[list[Any] | None, UntrackedValue(list)]]
    """What the model wrote; never in a checkpoint, so that forgetting need not look for it there."""
    attempts: NotRequired[int]
    """How often the model was asked about this batch."""
    batches: NotRequired[Annotated[int, add]]
    turns: NotRequired[Annotated[int, add]]
    superseded: NotRequired[Annotated[int, add]]
    kept: NotRequired[Annotated[dict[str, int], _count]]
    refused: NotRequired[Annotated[dict[str, int], _count]]
    usage: NotRequired[Usage | None]
    failure: NotRequired[str]
    events: NotRequired[Annotated[list[Event], add]]


@dataclass(frozen=True)
class Whose:
    """The memory of one character of one user."""

    user: str
    character: str
    thread: str | None = None

    def selection(self, kind: str, *, thread: str | None = None) -> Selection:
        """What of it is of one kind."""
        return Selection(user=self.user, character=self.character, thread=thread or self.thread, kind=kind)


async def whose_memory(state: Reminiscence, runtime: Runtime[Context], *, resources: Resources) -> Whose:
    """Whose memory the run is about; a login beats what the input claims.

    Raises:
        PersonaError: no character was named, and the context's persona is unknown.
    """
    context = context_of(runtime)
    login = runtime.server_info.user if runtime.server_info else None
    user = login.identity if login else state.get("user") or context.user_name
    character = state.get("character") or (await resources.persona(context)).id
    return Whose(user, character, state.get("thread"))


async def ask_about(
    question: Callable[[ModelProfile], str],
    form: type[T],
    *,
    empty: T,
    node: str,
    state: Reminiscence,
    runtime: Runtime[Context],
    resources: Resources,
) -> tuple[Answer[T], str, Usage | None]:
    """Ask the turn's model, within the caps of one turn for the whole run; the second is why it was no help.

    The reason quotes nothing of what the model wrote: it is kept in the ledger, which outlives what was forgotten.
    """
    spent = cast(State, {"messages": [], "usage": state.get("usage")})
    context, ladder = context_of(runtime), resources.reminiscing.ladder
    answer, usage = await ask_form(
        question, form, default=empty, node=node, state=spent, context=context, resources=resources, ladder=ladder
    )
    if answer.rung != "default":
        return answer, "", usage
    return answer, "the model's answer could not be read" if answer.raw else str(answer.error)[:160], usage


def room_for_lines(profile: ModelProfile) -> int:
    """Tokens that lines of memory may take in a prompt."""
    return int(profile.prompt_tokens * _SHARE)


def fit_lines(lines: Sequence[Memory], *, tokens: int, most: int) -> list[Memory]:
    """As many of the first lines as fit, one at least."""
    fitting, room = list[Memory](), tokens
    for line in lines[:most]:
        room -= min(estimate_tokens(line.text), int(tokens * _LINE_SHARE)) + 12
        if fitting and room < 0:
            break
        fitting.append(line)
    return fitting


def numbered(lines: Sequence[Memory], *, tokens: int) -> str:
    """The lines with number, day and speaker; numbers, because models make ids up."""
    longest = int(tokens * _LINE_SHARE)
    return "\n".join(
        f"[{place}] {line.at.date().isoformat()} {line.speaker}: {shorten(' '.join(line.text.split()), longest)}"
        for place, line in enumerate(lines, start=1)
    )


def shown_to_model(
    lines: Sequence[Memory],
    recalled: dict[str, list[Memory]] | None = None,
    *,
    runtime: Runtime[Context],
    resources: Resources,
) -> Shown:
    """The lines as the gate wants them, with the policy of the house."""
    level = context_of(runtime).safety

    def forbids(text: str) -> str:
        verdict = resources.policy.check_input(text, level=level) or resources.policy.check_reply(text, level=level)
        return verdict.rule if verdict else ""

    return Shown(lines={line.id: line for line in lines}, recalled=recalled or {}, forbids=forbids)


def counted(admission: Admission) -> dict[str, Any]:
    """What became of candidates, as the state counts it."""
    return {
        "kept": dict(Counter(memory.kind for memory in admission.kept)),
        "refused": dict(admission.refused),
        "superseded": admission.superseded,
    }
