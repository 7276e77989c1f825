"""What a turn hands to the bank, in a form that can wait on disk until the bank is back."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.home import SCHEMA_VERSION
from langgraph_roleplay.memory.records import Memory, Scope

__all__ = ["Letter", "UnreadableLetter"]


class UnreadableLetter(ValueError):
    """It is damaged, or of a newer version."""


class Letter(BaseModel):
    """The memories of one turn, and the branch that stands after it."""

    model_config = ConfigDict(frozen=True)

    scope: Scope
    """With thread and branch."""
    turn: int = Field(ge=0)
    """The first turn that may have been abandoned."""
    memories: tuple[Memory, ...] = ()

    async def post(self, bank: MemoryBank) -> None:
        """Write it to a bank; what has arrived already is left as it is.

        Raises:
            MemoryUnavailable: the home fails; what the embedding model raises passes through.
        """
        await bank.remember(self.memories)
        await bank.settle_branch(self.scope, turn=self.turn)

    def to_json(self) -> str:
        """One line, with the schema version."""
        return json.dumps({"schema": SCHEMA_VERSION, **self.model_dump(mode="json")}, ensure_ascii=False)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Letter":
        """The letter that was written as `content`.

        Raises:
            UnreadableLetter: it is damaged, or of a newer version.
        """
        schema = content.get("schema", 0)
        if not isinstance(schema, int) or schema > SCHEMA_VERSION:
            raise UnreadableLetter(f"schema {schema} is newer than {SCHEMA_VERSION}: upgrade")
        try:
            return cls.model_validate({key: value for key, value in content.items() if key != "schema"})
        except ValidationError as error:
            raise UnreadableLetter(str(error)) from error
