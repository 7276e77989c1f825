"""The user's own personas: add, change, remove, bring back."""

import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import make_slug
from langgraph_roleplay.personas.users.files import UserFiles
from langgraph_roleplay.personas.users.persona import UserPersona

__all__ = ["UserLibrary"]

_LONGEST_ID = 40
"""Characters; at four bytes each a suffix must still fit into the name of a file."""


class UserLibrary:
    """Who the user can be, by id or name.

    Reading and writing are short but block: call it from a thread in async code.
    """

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which need not be there."""
        self._files = UserFiles(folder)

    def list(self) -> tuple[UserPersona, ...]:
        """Return every one that can be read, by id.

        Raises:
            PersonaError: the folder can't be read.
        """
        return tuple(user for user in self._all() if isinstance(user, UserPersona))

    def broken(self) -> tuple[PersonaError, ...]:
        """Return why files of the folder can't be read."""
        return tuple(error for error in self._all() if isinstance(error, PersonaError))

    def get(self, ref: str) -> UserPersona:
        """Return the one of this id or name.

        Raises:
            PersonaError: there is none, several have the name, or its file can't be read.
        """
        if make_slug(ref) == ref and self._files.exists(ref):
            return self._files.read(ref)
        users = self.list()
        named = [user for user in users if user.name.casefold() == ref.strip().casefold()]
        if len(named) > 1:
            ids = ", ".join(user.id for user in named)
            raise PersonaError(f"Several of you are called {ref[:80]!r}: say which by its id ({ids}).")
        return named[0] if named else self._nearest(ref, users)

    def add(self, name: str, description: str = "") -> UserPersona:
        """Keep a new one, under an id made of its name.

        Raises:
            PersonaError: name or description won't do, or this very one is there already.
        """
        (outcome,) = self.add_all([(name, description)])
        if isinstance(outcome, PersonaError):
            raise outcome
        return outcome

    def add_all(self, people: Iterable[tuple[str, str]]) -> Iterator[UserPersona | PersonaError]:
        """Keep new ones by name and description; gives each as it is kept, or why it is not.

        Raises:
            PersonaError: the folder can't be read.
        """
        known = {(user.name, user.description): user.id for user in self.list()}
        taken = {*self._files.ids(), *self._files.removed_ids()}
        for name, description in people:
            outcome = _caught(partial(self._add, name, description, known=known, taken=taken))
            if isinstance(outcome, UserPersona):
                known[outcome.name, outcome.description] = outcome.id
                taken.add(outcome.id)
            yield outcome

    def edit(self, ref: str, *, name: str | None = None, description: str | None = None) -> UserPersona:
        """Change name or description, or both; the id stays.

        Raises:
            PersonaError: there is no such one, or name or description won't do.
        """
        old = self.get(ref)
        name = old.name if name is None else name
        description = old.description if description is None else description
        return self._files.write(UserPersona.checked(old.id, name=name, description=description))

    def remove(self, ref: str) -> str:
        """Take one out of the list, broken ones too, and keep it aside; returns its id.

        Raises:
            PersonaError: there is no such one.
        """
        known = self._known_id(ref)
        self._files.set_aside(known)
        return known

    def erase(self, ref: str) -> int:
        """Delete one for good, with all that was removed under its id; returns how many files.

        Raises:
            PersonaError: there is no such one.
        """
        return self._files.erase(ref if ref in self._files.removed_ids() else self._known_id(ref))

    def removed(self) -> tuple[str, ...]:
        """Return the ids that can be brought back."""
        return tuple(known for known in self._files.removed_ids() if not self._files.exists(known))

    def restore(self, known: str) -> UserPersona:
        """Bring back what was removed last under this id.

        Raises:
            PersonaError: nothing was, its file can't be read, or another one has the id now.
        """
        if known not in self._files.removed_ids():
            there = ", ".join(self.removed()) or "nobody"
            raise PersonaError(f"Nobody was removed under the id {known[:80]!r}; what can come back: {there}.")
        if self._files.exists(known):
            raise PersonaError(f"There is another {known!r} now: remove it, and restore brings back that one first.")
        user = self._files.read_removed(known)
        self._files.bring_back(known)
        return user

    def _all(self) -> tuple[UserPersona | PersonaError, ...]:
        return tuple(_caught(partial(self._files.read, known)) for known in self._files.ids())

    def _known_id(self, ref: str) -> str:
        return ref if ref in self._files.ids() else self.get(ref).id

    def _add(
        self, name: str, description: str, *, known: Mapping[tuple[str, str], str], taken: Container[str]
    ) -> UserPersona:
        user = UserPersona.checked(name, name=name, description=description)
        there = known.get((user.name, user.description))
        if there:
            raise PersonaError(f"{user.name[:80]!r} with this description is there already, as {there}.")
        free = (UserPersona(id_, user.name, user.description) for id_ in _ids_for(user.name) if id_ not in taken)
        return next(kept for kept in free if self._files.add(kept))

    def _nearest(self, ref: str, users: tuple[UserPersona, ...]) -> UserPersona:
        ids = [user.id for user in users]
        near = get_close_matches(make_slug(ref), ids, n=3, cutoff=0.5) or ids[:20]
        hint = f"there are: {', '.join(near)}" if near else "`roleplay user add NAME` makes one"
        raise PersonaError(f"None of you is called {ref[:80]!r}; {hint}.")


def _caught(action: Callable[[], UserPersona]) -> UserPersona | PersonaError:
    try:
        return action()
    except PersonaError as error:
        return error


def _ids_for(name: str) -> Iterator[str]:
    slug = make_slug(name)[:_LONGEST_ID].strip("-") or "me"
    return itertools.chain([slug], (f"{slug}-{number}" for number in itertools.count(2)))
