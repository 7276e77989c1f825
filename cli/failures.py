"""What becomes of an error at the boundary to a person: one line, never a traceback."""

import errno
import sqlite3
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph_roleplay.errors import RoleplayError, SettingsError
from langgraph_roleplay.settings import make_private, read_settings

__all__ = ["Fatal", "reported"]

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Fatal(RoleplayError):
    """Ends the chat, whichever line brought it to light."""


@contextmanager
def reported(
    tell: Callable[[str], object], *, but: tuple[type[BaseException], ...] = (BrokenPipeError,)
) -> Iterator[None]:
    """Hand what goes wrong inside to `tell`, as one line; what nobody foresaw is also written to a file.

    Args:
        tell: takes the line.
        but: what is left to the caller.
    """
    try:
        yield
    except but:
        raise
    except RoleplayError as error:
        tell(str(error))
    except sqlite3.Error as error:
        tell(f"The conversations can't be read or written ({error}); `roleplay doctor` looks into it.")
    except Exception as error:  # noqa: BLE001 - the last boundary: a person gets a line and a file, not a traceback
        if isinstance(error, OSError) and error.errno in _FULL:
            tell(f"What was to be written found no place: {error.strerror}.")
        else:
            tell(f"Something unforeseen went wrong ({type(error).__name__}); please report it with {_log(error)}")


def _log(error: Exception) -> Path:
    folder = _log_folder()
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{type(error).__name__}.log"
    path.touch(mode=0o600)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="replace")
    return path


def _log_folder() -> Path:
    try:
        folder = read_settings().home / "logs"
        make_private(folder)
    except (SettingsError, OSError):
        return Path(tempfile.gettempdir())
    return folder
