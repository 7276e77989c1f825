"""What a person has to type for this command: `make chat` runs it from a folder that is not on the PATH."""

import re
import shlex
import shutil
import sys
from pathlib import Path

__all__ = ["own_command", "typeable"]

_HINT = re.compile(r"(?<![\w/.-])roleplay (?=(?:cast|chat|doctor|eval|memory|models|threads|user)\b)")


def own_command() -> str:
    """`roleplay` where the shell finds it, else the path of the running script."""
    script = Path(sys.argv[0]).absolute()
    if shutil.which("roleplay") or script.name != "roleplay" or not script.is_file():
        return "roleplay"
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


def typeable(text: str) -> str:
    """`text` with its hints to run `roleplay …` in the form that works here."""
    return _HINT.sub(lambda _: f"{own_command()} ", text)
