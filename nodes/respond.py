"""respond: the character speaks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ToolCall,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)
from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.models import ModelProfile, model_errors, name_of, refuses_request
from langgraph_roleplay.nodes._call import Outcome, call_model
from langgraph_roleplay.nodes._listen import listen_to
from langgraph_roleplay.nodes._prompting import compose_call, offered_tools
from langgraph_roleplay.nodes._scene import gather_scene
from langgraph_roleplay.nodes._speech import Examiner, Speech, lead_of
from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import shorten
from langgraph_roleplay.prompts.compose import Composition, Scene
from langgraph_roleplay.prompts.notes import as_note, as_quote
from langgraph_roleplay.prompts.prefix import rules_of
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import Event, PromptNote, State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, history_of, note_event

__all__ = ["MAX_TOOL_ROUNDS", "respond", "route_after_respond"]

MAX_TOOL_ROUNDS = 3
"""How often a turn may go to the tools; then the character has to speak without them."""
_CHARACTERS_PER_TOKEN = 6
_TOLD_SHARE = 8
"""A draft that came back takes at most one part in so many of the prompt; for a model that calls no tools, what they
have said as well."""
_LOOK_BACK = 6
"""How many earlier replies a new one is compared with for repetition."""


async def respond(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Say the reply: sentence by sentence as it is made, or held back for reflection on `deep`."""
    context = context_of(runtime)
    annotate_run(thinking=resources.thinking(context))
    scene = await gather_scene(state, runtime, resources=resources)
    part, outcome = await _perform(state, context, scene, resources=resources)
    annotate_run(prompt_tokens=partial(_kept_by_source, part.report))
    said = outcome.value
    asks = said is not None and said.tool_calls and not part.speech.closed and _tool_rounds(state) < MAX_TOOL_ROUNDS
    return {
        "draft": part.speech.draft(),
        # The critique has been taken up: a tool round within the revision goes on from here.
        "review": state["review"] | {"critique": ""},
        "prompt": part.report,
        "exchange": messages_to_dict([_asking(state, said)]) if said and asks else [],
        "usage": outcome.usage,
        "events": _account(part.speech, outcome),
    }


def route_after_respond(state: State) -> Literal["use_tools", "reflect", "check_reply"]:
    """To the tools when the character asked for some; to reflection when the draft was held back for it."""
    exchange = state.get("exchange") or []
    if exchange and exchange[-1]["type"] == "ai":
        return "use_tools"
    return "reflect" if state["draft"]["held"] else "check_reply"


@dataclass
class _Part:
    """The reply of this turn as one model is to say it, by what it is good for."""

    profile: ModelProfile
    speech: Speech
    report: list[PromptNote]
    """Of the prompt; empty until a model was asked."""


async def _perform(
    state: State, context: Context, scene: Scene, *, resources: Resources
) -> tuple[_Part, Outcome[AIMessage | None]]:
    """Let a model speak; when none can, what was said until then stands, and the outcome says why."""
    part = _cast(state, context, scene, resources.profile(context), resources=resources)
    before = part.speech.text

    async def attempt(model: BaseChatModel, profile: ModelProfile) -> AIMessage | None:
        nonlocal part
        if profile != part.profile:
            part = _cast(state, context, scene, profile, resources=resources)
        composition = await _composition(state, context, scene, model, profile, resources=resources)
        part.report = composition.report
        return await _hear(model, state, part, composition, resources=resources)

    outcome = await call_model(
        attempt, state=state, context=context, resources=resources, again=lambda: part.speech.text == before
    )
    part.speech.closed |= bool(outcome.failure)
    return part, outcome


def _cast(state: State, context: Context, scene: Scene, profile: ModelProfile, *, resources: Resources) -> _Part:
    limit = profile.reply_tokens * _CHARACTERS_PER_TOKEN
    speech = _speech(state, context, scene, (rules_of(scene),), limit=limit, resources=resources)
    return _Part(profile, speech, [])


async def _composition(
    state: State, context: Context, scene: Scene, model: BaseChatModel, profile: ModelProfile, *, resources: Resources
) -> Composition:
    return await compose_call(
        state,
        scene,
        model,
        profile,
        thinking=resources.thinking(context),
        tools=offered_tools(model, profile, resources=resources),
        remark="\n".join(_remarks(state, scene, profile)),
        # A model that calls no tools doesn't know the form either in which they answer.
        exchange=_exchange(state) if profile.tools else (),
    )


def _remarks(state: State, scene: Scene, profile: ModelProfile) -> Iterator[str]:
    most = profile.prompt_tokens // _TOLD_SHARE
    if critique := state["review"]["critique"]:
        draft = as_quote(shorten(state["draft"]["text"], most))
        yield render("revise", char=scene.char, draft=draft, reason=as_note(critique))
    told = [result for result in _exchange(state) if isinstance(result, ToolMessage)]
    if told and not profile.tools:
        # The tools were asked for by the first model; this one doesn't know the form in which they are answered.
        results = "; ".join(f"{result.name}: {result.text}" for result in told)
        yield render("tools_told", char=scene.char, results=as_note(shorten(results, most)))


def _speech(
    state: State, context: Context, scene: Scene, secrets: Sequence[str], *, limit: int, resources: Resources
) -> Speech:
    replies = [message.text for message in history_of(state) if message.type == "ai"]
    examiner = Examiner(
        character=scene.char,
        user=scene.user,
        language=scene.language,
        policy=resources.policy,
        level=context.safety,
        minor=scene.minor,
        secrets=secrets,
        previous=replies[-_LOOK_BACK:],
    )
    # After tools the reply goes on where it stopped, faults and all; after reflection it starts anew.
    goes_on = bool(state.get("exchange")) and not state["review"]["critique"]
    draft = state["draft"]
    return Speech(
        examiner=examiner,
        reply_id=state["reply_id"],
        limit=limit,
        lead=lead_of(state),
        held=resources.thinking(context) == "deep",
        text=f"{draft['text']}\n" if goes_on and draft["text"] else "",
        faulty=list(draft["faulty"]) if goes_on else [],
        faults=list(draft["faults"]) if goes_on else [],
    )


def _kept_by_source(report: Sequence[PromptNote]) -> dict[str, int]:
    """Tokens of the prompt by where they come from, for the trace."""
    kept = Counter[str]()
    for note in report:
        kept[note["source"]] += note["kept"]
    return dict(kept)


def _exchange(state: State) -> list[BaseMessage]:
    return messages_from_dict(state.get("exchange") or [])


def _tool_rounds(state: State) -> int:
    return sum(message["type"] == "ai" for message in state.get("exchange") or [])


async def _hear(
    model: BaseChatModel, state: State, part: _Part, composition: Composition, *, resources: Resources
) -> AIMessage | None:
    """Let `model` speak, with tools where it takes any."""
    stop = [f"\n{part.speech.examiner.user}:"] if part.profile.embedded else None
    listen = partial(listen_to, messages=composition.messages, speech=part.speech, stop=stop)
    name = name_of(model)
    if not _may_call(state, part.profile, resources=resources) or name in resources.toolless:
        return await listen(model)
    before = part.speech.text
    try:
        return await listen(model.bind_tools(resources.tools))
    except (NotImplementedError, *model_errors()) as error:  # type: ignore[misc]  # mypy can't see into the star
        if part.speech.text != before or not refuses_request(error):
            raise
        resources.toolless.add(name)
        return await listen(model)


def _may_call(state: State, profile: ModelProfile, *, resources: Resources) -> bool:
    return bool(resources.tools) and profile.tools and _tool_rounds(state) < MAX_TOOL_ROUNDS


def _asking(state: State, said: AIMessage) -> AIMessage:
    """What the character asks of its tools; some models name no ids, without which no answer finds its question."""
    named = [
        ToolCall(**{**call, "id": call["id"] or f"call_{_tool_rounds(state)}_{place}"})
        for place, call in enumerate(said.tool_calls)
    ]
    return AIMessage(content=said.text, tool_calls=named, id=said.id)


def _account(speech: Speech, outcome: Outcome[AIMessage | None]) -> list[Event]:
    said = outcome.value
    if outcome.failure:
        return note_event("respond", f"the model failed: {outcome.failure}", kind="degraded")
    if speech.faults and not speech.held:
        return note_event("respond", f"cut at a fault: {speech.faults[-1]}", kind="degraded")
    if speech.closed:
        return note_event("respond", "the model talked on: closed at a sentence's end", kind="degraded")
    if said is None or not (speech.text.strip() or said.tool_calls):
        return note_event("respond", "the model answered nothing", kind="degraded")
    if said.tool_calls:
        return note_event("respond", f"asks for {', '.join(call['name'] for call in said.tool_calls)}")
    return note_event("respond", f"{len(speech.text)} characters")
