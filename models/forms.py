"""How a structured answer is asked for: by a schema that the server enforces, or by words in the prompt."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, NamedTuple

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from langgraph_roleplay.prompts import render

__all__ = ["Ask", "Form", "flat_schema", "prepare"]

Form = Literal["json_schema", "json", "lines"]

_PROMPTS = {"json": "answer_as_json", "lines": "answer_as_lines"}
_DROPPED = {"title", "default", "examples", "pattern", "format", "minLength", "maxLength", "minimum", "maximum"}
"""What some servers' grammars refuse, or silently take for "anything"; pydantic checks it afterwards."""


class Ask(NamedTuple):
    """One call, ready to be made."""

    form: Form
    call: Callable[[RunnableConfig], Awaitable[str]]
    """Makes the call, and gives what the model wrote."""


def prepare(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    schema: type[BaseModel],
    form: Form,
    tools: Sequence[BaseTool] = (),
) -> Ask:
    """Prepare to ask for a `schema` in `form`, or for JSON in words where `model` takes no schema."""
    if form == "json_schema":
        try:
            structured = _structured(model, schema, tools)
        except (NotImplementedError, ValueError, TypeError):  # no structured output, or not of this kind
            return prepare(model, messages, schema, "json", tools)

        async def call_structured(config: RunnableConfig) -> str:
            answer = await structured.ainvoke(list(messages), config=config)
            return _text(answer["raw"] if isinstance(answer, dict) else answer)

        return Ask("json_schema", call_structured)
    prompt = _with_instruction(messages, render(_PROMPTS[form], fields=_describe(schema)))

    async def call_plain(config: RunnableConfig) -> str:
        return _text(await model.ainvoke(prompt, config=config))

    return Ask(form, call_plain)


def _structured(model: BaseChatModel, schema: type[BaseModel], tools: Sequence[BaseTool]) -> Runnable[Any, Any]:
    """`model` with its answer bound to `schema`, told of `tools` where that lets its server share a prompt's beginning.

    A service keeps many beginnings, so there it makes no difference; a server of one's own often keeps the last.
    """
    if not tools or not getattr(model, "openai_api_base", None):
        return model.with_structured_output(flat_schema(schema), method="json_schema", include_raw=True)
    # In the body, as openai's client would take the answer apart itself and refuse tools that are not strict.
    form = {"name": schema.__name__, "schema": flat_schema(schema), "strict": True}
    body = {
        **(getattr(model, "extra_body", None) or {}),
        "response_format": {"type": "json_schema", "json_schema": form},
    }
    return model.bind_tools(list(tools), tool_choice="none").bind(extra_body=body)


def flat_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """A JSON schema that strict servers take: every field required, no other ones, no defaults, no patterns."""
    full = schema.model_json_schema()
    properties = {
        name: {key: value for key, value in field.items() if key not in _DROPPED}
        for name, field in full["properties"].items()
    }
    kept: dict[str, Any] = {key: full[key] for key in ("description", "$defs") if key in full}
    return {
        "title": schema.__name__,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **kept,
    }


def _describe(schema: type[BaseModel]) -> str:
    """One line a field: its name, what it means, and the words it may be."""
    return "\n".join(_field_line(name, field) for name, field in flat_schema(schema)["properties"].items())


def _field_line(name: str, field: dict[str, Any]) -> str:
    choices = " | ".join(map(str, field["enum"])) if "enum" in field else str(field.get("type", "text"))
    kind = "text" if choices == "string" else choices
    meaning = field.get("description", "")
    return f"- {name} ({kind}): {meaning}" if meaning else f"- {name} ({kind})"


def _with_instruction(messages: Sequence[BaseMessage], instruction: str) -> list[BaseMessage]:
    """The instruction at the end of the last human message, as some templates take no two of a role in a row."""
    *earlier, last = messages or [HumanMessage("")]
    if isinstance(last, HumanMessage) and isinstance(last.content, str):
        return [*earlier, HumanMessage(f"{last.content}\n\n{instruction}".strip())]
    return [*messages, HumanMessage(instruction)]


def _text(answer: Any) -> str:
    """What was written; arguments of a tool call count, as some providers answer a schema with one."""
    if not isinstance(answer, AIMessage):
        return str(answer)
    return answer.text or (json.dumps(answer.tool_calls[0]["args"]) if answer.tool_calls else "")
