"""One persona of the user, and its form on disk."""

import json
from dataclasses import dataclass
from typing import Self

from pydantic import ValidationError

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import PersonaError

__all__ = ["UserPersona"]


@dataclass(frozen=True)
class UserPersona:
    """Somebody that the user is in a story."""

    id: str
    name: str
    """What the character calls the user."""
    description: str = ""

    @classmethod
    def checked(cls, ref: str, *, name: object, description: object) -> Self:
        """Build one that a turn's context takes as `user_name` and `user_description`.

        Raises:
            PersonaError: it doesn't; says what is wrong.
        """
        try:
            context = Context.model_validate({"user_name": name, "user_description": description})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = str(first["loc"][0]).removeprefix("user_")
            who = repr(ref[:80]) if ref.strip() else "somebody without a name"
            raise PersonaError(f"{who}: {field}: {first['msg']}.") from error
        return cls(ref, context.user_name, context.user_description)

    @classmethod
    def from_json(cls, ref: str, content: bytes) -> Self:
        """Read one from its file.

        Raises:
            PersonaError: it is no JSON object, or a field won't do.
        """
        try:
            data = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise PersonaError(f"{ref[:80]!r}: its file is broken JSON; mend it, or remove it.") from error
        if not isinstance(data, dict):
            raise PersonaError(f"{ref[:80]!r}: its file holds no JSON object; mend it, or remove it.")
        return cls.checked(ref, name=data.get("name"), description=data.get("description", ""))

    def to_json(self) -> bytes:
        """The content of its file."""
        data = {"name": self.name, "description": self.description}
        return f"{json.dumps(data, ensure_ascii=False, indent=1)}\n".encode()
