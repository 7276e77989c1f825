"""Messages in the roles that a model's template takes: at the very end, when all else of a prompt is decided."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage

from langgraph_roleplay.models.profile import ModelProfile

__all__ = ["fit_roles"]

_SILENCE = "…"
"""What the user says where a template wants them to speak first."""


def fit_roles(messages: Sequence[BaseMessage], profile: ModelProfile) -> list[AnyMessage]:
    """The same texts in the same order, in the roles that `profile` takes.

    Where two of a role may not follow each other they become one, and the system speaks once, at the beginning; where
    it may not speak at all, its words begin the user's first message.
    """
    fitted: list[AnyMessage] = []
    for place, message in enumerate(messages):
        _add(fitted, _in_role(message, profile, first=place == 0), profile)
    spoken = fitted[0].type if fitted else ""
    return [HumanMessage(_SILENCE), *fitted] if spoken == "ai" and profile.alternates else fitted


def _in_role(message: BaseMessage, profile: ModelProfile, *, first: bool) -> AnyMessage:
    if isinstance(message, SystemMessage) and not (first and profile.system_role):
        strict = first or profile.alternates or not profile.system_role
        return HumanMessage(message.text if first else f"({message.text})") if strict else message
    return message  # type: ignore[return-value]  # prompts hold no other kinds than AnyMessage names


def _add(fitted: list[AnyMessage], message: AnyMessage, profile: ModelProfile) -> None:
    last = fitted[-1] if fitted else None
    if last is not None and profile.alternates and last.type == message.type and _plain(last) and _plain(message):
        kind = {"human": HumanMessage, "ai": AIMessage, "system": SystemMessage}[message.type]
        fitted[-1] = kind(f"{last.text}\n{message.text}")
    elif last is not None and profile.alternates and last.type == "system" and message.type == "ai":
        fitted += [HumanMessage(_SILENCE), message]
    else:
        fitted.append(message)


def _plain(message: AnyMessage) -> bool:
    """Whether it is words alone: calls of tools and their results stay as they are."""
    return message.type in ("human", "ai", "system") and not getattr(message, "tool_calls", None)
