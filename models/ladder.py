"""Structured answers from any model: one call, read by every rung from strict JSON down to a safe default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import merge_configs
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ValidationError

from langgraph_roleplay.models.failures import model_errors, raise_if_blocking
from langgraph_roleplay.models.forms import Form, prepare
from langgraph_roleplay.models.naming import name_of
from langgraph_roleplay.models.parsing import find_json, find_lines, read_json

__all__ = ["Answer", "LadderMemory", "Rung", "ask_structured", "refuses_request"]

T = TypeVar("T", bound=BaseModel)

Rung = Literal["json_schema", "json", "lines", "default"]
"""Which reading gave the value."""

_BELOW: dict[Form, Form] = {"json_schema": "json", "json": "lines", "lines": "lines"}
_BAD_REQUESTS = (400, 422)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A value, and how it was come by."""

    value: T
    rung: Rung
    raw: str
    """What the model wrote."""
    error: str | None = None
    """Why the value is the default."""


@dataclass(slots=True)
class LadderMemory:
    """The form that each model answers in, so that the next ask starts there."""

    forms: dict[str, Form] = field(default_factory=dict)
    """By the model's name."""


async def ask_structured(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    schema: type[T],
    *,
    default: T,
    memory: LadderMemory | None = None,
    config: RunnableConfig | None = None,
    tools: Sequence[BaseTool] = (),
) -> Answer[T]:
    """Ask `model` once for a `schema`, in the form that worked last, and read what it wrote by every rung.

    Where the JSON is not strict, or the answer stands in lines, missing fields are taken from `default`. An error of
    the model (`model_errors()`) gives `default` with the error said; nothing is asked twice. The call carries the
    tag `nostream`.

    Args:
        model: Any chat model; one without structured output is asked for JSON in the prompt.
        messages: The prompt, without instructions about the form.
        schema: A flat pydantic model.
        default: A safe value.
        memory: Remembers the form per model, and is updated.
        config: Passed on to the model's call.
        tools: What other calls with the same prompt offer. They are offered here too, and may not be called: a template
            tells of them at the beginning, so that a prompt without them would not be found in the server's cache.
    """
    memory = memory if memory is not None else LadderMemory()
    name = name_of(model)
    form, call = prepare(model, messages, schema, memory.forms.get(name, "json_schema"), tools)
    try:
        raw = await call(merge_configs(config, {"tags": ["nostream"]}))
    except model_errors() as error:
        raise_if_blocking(error)
        raw = _cut_off(error)
        if not raw:
            memory.forms[name] = _BELOW[form] if refuses_request(error) else form
            return Answer(default, "default", raw, f"{type(error).__name__}: {error}")
    answer = _read(raw, form, schema, default)
    memory.forms[name] = _next_form(form, answer.rung)
    return answer


def _read(raw: str, form: Form, schema: type[T], default: T) -> Answer[T]:
    strict: Rung = "json_schema" if form == "json_schema" else "json"
    known = default.model_dump()
    fields = list(schema.model_fields)
    readings: list[tuple[Rung, Mapping[str, Any] | None, Mapping[str, Any]]] = [
        (strict, read_json(raw), {}),
        ("json", find_json(raw), known),
        ("lines", find_lines(raw, fields), known),
    ]
    why = "the model wrote nothing" if not raw.strip() else f"no answer could be read from {raw[:80]!r}"
    for rung, found, rest in readings:
        if found is None or not set(found) & set(fields):
            continue
        try:
            return Answer(schema.model_validate({**rest, **found}), rung, raw)
        except ValidationError as error:
            why = f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
    return Answer(default, "default", raw, why)


def _next_form(form: Form, rung: Rung) -> Form:
    """What to ask for next time: the form that was answered in, or one below if nothing could be read."""
    return _BELOW[form] if rung == "default" else rung


def _cut_off(error: BaseException) -> str:
    """What was written before the token limit: openai raises it away, inside its LengthFinishReasonError."""
    choices = getattr(getattr(error, "completion", None), "choices", None) or []
    return str(choices[0].message.content or "") if choices else ""


def refuses_request(error: BaseException) -> bool:
    """Whether the model or its server said that it doesn't take such a request (tools, a schema)."""
    return isinstance(error, NotImplementedError) or getattr(error, "status_code", None) in _BAD_REQUESTS
