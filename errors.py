"""What can go wrong, named for those who would catch it.

RoleplayError
├── SettingsError    a setting, context value or option is wrong; the message names value and fix
├── PersonaError     a persona is unknown or broken; the message names file and field, or the nearest names
├── ModelError       a chat model or embedding model can't be used
└── MemoryUnavailable  the memory home can't be opened, read or written
    └── MemoryFull   of this user it takes no more
"""

__all__ = [
    "MemoryFull",
    "MemoryUnavailable",
    "ModelError",
    "PersonaError",
    "RoleplayError",
    "SettingsError",
    "raise_if_blocking",
]


class RoleplayError(RuntimeError):
    """Base of every error of this package; its text is one clear sentence for a person.

    LangGraph's server shows its clients the text of Python's own kinds of error alone, so it is one of these.
    """


class SettingsError(RoleplayError):
    """A setting, context value or option is wrong."""


class PersonaError(RoleplayError):
    """A persona is unknown, or its file is broken."""


class ModelError(RoleplayError):
    """A model can't be loaded or asked."""


class MemoryUnavailable(RoleplayError):
    """The memory home can't be opened, read or written; a turn goes on without it."""


class MemoryFull(MemoryUnavailable):
    """The memory of one user has reached its limit; trying again is no use until something is forgotten."""


def raise_if_blocking(error: BaseException) -> None:
    """Raise the dev server's `BlockingError` if it is what `error` wraps.

    SDKs turn whatever happens in their transport into a connection error; a blocking call in our own code must
    not pass for a network that is down. Qdrant's client keeps what it wraps as `source`.
    """
    seen: set[int] = set()
    link: object = error
    while isinstance(link, BaseException) and id(link) not in seen:
        if type(link).__name__ == "BlockingError":
            raise link
        seen.add(id(link))
        link = link.__cause__ or link.__context__ or getattr(link, "source", None)
