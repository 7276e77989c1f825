"""Suites: cases in JSON lines, one file a suite."""

import json
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from langgraph_roleplay.errors import SettingsError

__all__ = ["Case", "choose_cases", "load_suite", "suite_names"]

_SUFFIX = ".jsonl"


class Case(BaseModel):
    """One conversation to be held, and what is expected of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    persona: str | None = None
    """Id of the only character that the case is about; none means anyone."""
    turns: tuple[str, ...] = Field(min_length=1)
    """What the user says, in order."""
    expected: str = Field(min_length=1)
    """What a good conversation does, as one sentence for a judge."""
    tags: tuple[str, ...] = ()


def suite_names() -> tuple[str, ...]:
    """Names of the suites that are here."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def load_suite(name: str) -> tuple[Case, ...]:
    """The cases of the suite `name`, in the order of its file.

    Raises:
        SettingsError: there is no such suite; names those that are.
    """
    if name not in suite_names():
        raise SettingsError(f"No suite {name[:60]!r}; there is: {', '.join(suite_names())}.")
    lines = (files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8").splitlines()
    return tuple(Case.model_validate(json.loads(line)) for line in lines if line.strip())


def choose_cases(cases: tuple[Case, ...], *, persona: str | None, limit: int | None) -> tuple[Case, ...]:
    """The first `limit` cases that `persona` (an id) can be asked: those about anyone, and those about it."""
    fitting = [case for case in cases if persona is None or case.persona in (None, persona)]
    return tuple(fitting[:limit])
