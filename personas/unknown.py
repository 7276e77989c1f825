"""Errors for a name that nobody has, or several have: what was meant, perhaps, and what there is."""

from collections.abc import Mapping
from difflib import get_close_matches

from langgraph_roleplay.errors import PersonaError

__all__ = ["ambiguous", "shown", "unknown"]

_NAMED = 20
"""How many ids an error tells."""
_NEAR = 3
"""How many of them it takes for what was meant."""


def unknown(kind: str, ref: str, names: Mapping[str, str]) -> PersonaError:
    """Return the error for a name that nobody has.

    Args:
        kind: what was looked for, such as `persona`.
        ref: by which name.
        names: the name of each that there is, by its id.
    """
    near = _nearest(ref, names)
    hint = f"did you mean {' or '.join(near)}?" if near else "no name comes near."
    return PersonaError(f"No {kind} {shown(ref)}: {hint} {f'There are {_some(names)}.' if names else 'There is none.'}")


def ambiguous(ref: str, names: Mapping[str, str]) -> PersonaError:
    """Return the error for a name that several characters have, whose ids are the keys of `names`."""
    return PersonaError(f"Several characters are called {shown(ref)}: say which by its id ({_some(names)}).")


def shown(ref: str) -> str:
    """What was asked for, quoted, at most eighty characters of it."""
    return repr(ref if len(ref) <= 80 else f"{ref[:80]}…")


def _some(names: Mapping[str, str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(list(names)[:_NAMED])}{more}"


def _nearest(ref: str, names: Mapping[str, str]) -> list[str]:
    """Ids that come near; then those whose name does, with the name: the id may look like nothing that was asked."""
    by_id = get_close_matches(ref.casefold(), names, n=_NEAR, cutoff=0.5)
    others = {known: name.casefold() for known, name in names.items() if known not in by_id}
    close = get_close_matches(ref.casefold(), dict.fromkeys(others.values()), n=_NEAR, cutoff=0.5)
    by_name = [known for name in close for known, other in others.items() if other == name]
    return [*by_id, *(f"{known} ({names[known]})" for known in by_name)][:_NEAR]
