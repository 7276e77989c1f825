"""respond: the character speaks."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, messages_from_dict, messages_to_dict
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import ModelProfile, count_usage, model_errors, refuses_request
from langgraph_roleplay.nodes._call import call_model
from langgraph_roleplay.nodes._scene import gather_scene
from langgraph_roleplay.nodes._speech import Examiner, Speech, lead_of
from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import Budget
from langgraph_roleplay.prompts.compose import Composition, Scene, compose_prompt
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import SentenceStream, ThoughtFilter
from langgraph_roleplay.state import Event, State, add_usage
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import cap_reached, context_of, history_of, note_event, user_message

__all__ = ["MAX_TOOL_ROUNDS", "respond", "route_after_respond"]

MAX_TOOL_ROUNDS = 3
"""How often a turn may go to the tools; then the character has to speak without them."""
_CHARACTERS_PER_TOKEN = 6
_LOOK_BACK = 6
"""How many earlier replies a new one is compared with for repetition."""


async def respond(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Say the reply: sentence by sentence as it is made, or held back for reflection on `deep`."""
    context = context_of(runtime)
    scene = await gather_scene(state, runtime, resources=resources)
    profile = resources.profile(context)
    annotate_run(thinking=resources.thinking(context))
    composition = _composition(state, scene, profile)
    speech = _speech(state, context, scene, composition, resources=resources)
    with count_usage() as meter:
        said, events = await _hear(state, context, composition, speech, resources=resources)
    asks = said is not None and said.tool_calls and not speech.closed and _tool_rounds(state) < MAX_TOOL_ROUNDS
    return {
        "draft": speech.draft(),
        # The critique has been taken up: a tool round within the revision goes on from here.
        "review": state["review"] | {"critique": ""},
        "prompt": composition.report,
        "exchange": messages_to_dict([_asking(said)]) if said and asks else [],
        "usage": add_usage(state.get("usage"), meter.usage(price=resources.price(context))),
        "events": events,
    }


def route_after_respond(state: State) -> Literal["use_tools", "reflect", "check_reply"]:
    """To the tools when the character asked for some; to reflection when the draft was held back for it."""
    exchange = state.get("exchange") or []
    if exchange and exchange[-1]["type"] == "ai":
        return "use_tools"
    return "reflect" if state["draft"]["held"] else "check_reply"


def _composition(state: State, scene: Scene, profile: ModelProfile) -> Composition:
    message = user_message(state)
    critique = state["review"]["critique"]
    remark = render("revise", char=scene.char, draft=state["draft"]["text"], reason=critique) if critique else ""
    return compose_prompt(
        scene,
        history=history_of(state),
        message=message.text if message else None,
        remark=remark,
        budget=Budget(profile.prompt_tokens),
    )


def _speech(state: State, context: Context, scene: Scene, composition: Composition, *, resources: Resources) -> Speech:
    replies = [message.text for message in history_of(state) if message.type == "ai"]
    examiner = Examiner(
        character=scene.char,
        user=scene.user,
        language=scene.language,
        policy=resources.policy,
        level=context.safety,
        minor=scene.minor,
        secrets=composition.secrets,
        previous=replies[-_LOOK_BACK:],
    )
    # After tools the reply goes on where it stopped, faults and all; after reflection it starts anew.
    goes_on = bool(state.get("exchange")) and not state["review"]["critique"]
    draft = state["draft"]
    return Speech(
        examiner=examiner,
        reply_id=state["reply_id"],
        limit=resources.profile(context).reply_tokens * _CHARACTERS_PER_TOKEN,
        lead=lead_of(state),
        held=resources.thinking(context) == "deep",
        text=f"{draft['text']}\n" if goes_on and draft["text"] else "",
        faulty=list(draft["faulty"]) if goes_on else [],
        faults=list(draft["faults"]) if goes_on else [],
    )


def _tool_rounds(state: State) -> int:
    return sum(message["type"] == "ai" for message in state.get("exchange") or [])


async def _hear(
    state: State, context: Context, composition: Composition, speech: Speech, *, resources: Resources
) -> tuple[AIMessage | None, list[Event]]:
    """Let a model speak; when none can, what was said until then stands, and the events say why."""
    messages = [*composition.messages, *messages_from_dict(state.get("exchange") or [])]
    before = speech.text

    async def attempt(model: BaseChatModel) -> AIMessage | None:
        stop = [f"\n{speech.examiner.user}:"] if resources.profile(context).embedded else None
        listen = partial(_listen, messages=messages, speech=speech, stop=stop)
        name = str(getattr(model, "model_name", "") or getattr(model, "model", "") or type(model).__name__)
        if not _may_call(state, context, resources=resources) or name in resources.toolless:
            return await listen(model)
        try:
            return await listen(model.bind_tools(resources.tools))
        except (NotImplementedError, *model_errors()) as error:  # type: ignore[misc]  # mypy can't see into the star
            if speech.text != before or not refuses_request(error):
                raise
            resources.toolless.add(name)
            return await listen(model)

    reason = cap_reached(state, context)
    try:
        if not reason:
            said = await call_model(attempt, context=context, resources=resources, again=lambda: speech.text == before)
            return said, _account(speech, said)
    except ModelError as error:
        reason = str(error)
    speech.closed = True
    return None, note_event("respond", f"the model failed: {reason}", kind="degraded")


def _may_call(state: State, context: Context, *, resources: Resources) -> bool:
    return bool(resources.tools) and resources.profile(context).tools and _tool_rounds(state) < MAX_TOOL_ROUNDS


async def _listen(
    model: Runnable[Any, AIMessage], *, messages: Sequence[BaseMessage], speech: Speech, stop: list[str] | None
) -> AIMessage | None:
    """Hear the model out, or until the speech is closed; breaking off frees the model for the next caller."""
    chunks: list[AIMessageChunk] = []
    thoughts, sentences = ThoughtFilter(), SentenceStream()
    config: RunnableConfig = {"run_name": "respond", "tags": ["nostream"]}
    async with aclosing(_chunks(model.astream(messages, config, **({"stop": stop} if stop else {})))) as coming:
        async for chunk in coming:
            chunks.append(chunk)
            for sentence in sentences.feed(thoughts.feed(chunk.text)):
                speech.say(sentence)
            if speech.closed:
                return None
    said = add_ai_message_chunks(*chunks) if len(chunks) > 1 else next(iter(chunks), None)
    for sentence in sentences.feed(thoughts.flush()):
        speech.say(sentence)
    speech.end(sentences.flush(), cut_short=said is not None and _ran_out(said))
    return said


async def _chunks(stream: AsyncIterator[AIMessage]) -> AsyncGenerator[AIMessageChunk]:
    """The parts of an answer; an answer that is none, or is garbled, is the model's fault and said as that."""
    try:
        async with aclosing(cast("AsyncGenerator[AIMessageChunk]", stream)) as parts:
            async for part in parts:
                yield part
    except NotImplementedError:
        raise
    except (ValueError, TypeError, AssertionError) as error:
        raise ModelError(f"its answer can't be read: {str(error).partition(chr(10))[0]}") from error


def _ran_out(said: AIMessage) -> bool:
    """Whether the model came to its limit of tokens in mid-sentence; the names differ between providers."""
    named = ("finish_reason", "stop_reason", "stopReason", "done_reason")
    reasons = {str(said.response_metadata.get(name)).lower() for name in named}
    return bool(reasons & {"length", "max_tokens"})


def _asking(said: AIMessage) -> AIMessage:
    return AIMessage(content=said.text, tool_calls=said.tool_calls, id=said.id)


def _account(speech: Speech, said: AIMessage | None) -> list[Event]:
    if speech.faults and not speech.held:
        return note_event("respond", f"cut at a fault: {speech.faults[-1]}", kind="degraded")
    if speech.closed:
        return note_event("respond", "the model talked on: closed at a sentence's end", kind="degraded")
    if said is None or not (speech.text.strip() or said.tool_calls):
        return note_event("respond", "the model answered nothing", kind="degraded")
    if said.tool_calls:
        return note_event("respond", f"asks for {', '.join(call['name'] for call in said.tool_calls)}")
    return note_event("respond", f"{len(speech.text)} characters")
