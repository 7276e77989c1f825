"""What models are told: one Markdown file a prompt.

A file starts with a comment that declares its variables, `<!-- variables: name, user -->`; they stand in the text
as `$name`. A missing or an undeclared one is loud, because a prompt with a hole in it fails silently.
"""

import re
from functools import cache
from importlib.resources import files
from string import Template

__all__ = ["prompt_names", "render", "variables_of"]

_HEADER = re.compile(r"\A<!-- variables:([^>]*)-->\n")


def render(name: str, **values: str) -> str:
    """Fill in the prompt `name`.

    Raises:
        KeyError: a declared variable is missing, or an undeclared one is given; names both.
    """
    declared, template = _load(name)
    if declared != set(values):
        raise KeyError(f"prompt {name!r} takes {sorted(declared)}, got {sorted(values)}")
    return template.substitute(values).strip()


def variables_of(name: str) -> frozenset[str]:
    """The variables that the prompt `name` declares."""
    return _load(name)[0]


def prompt_names() -> list[str]:
    """The names of all prompts, sorted."""
    return sorted(file.name.removesuffix(".md") for file in files(__name__).iterdir() if file.name.endswith(".md"))


@cache
def _load(name: str) -> tuple[frozenset[str], Template]:
    text = (files(__name__) / f"{name}.md").read_text(encoding="utf-8")
    header = _HEADER.match(text)
    if header is None:
        raise KeyError(f"prompt {name!r} doesn't start with `<!-- variables: … -->`")
    declared = frozenset(word.strip() for word in header[1].split(",") if word.strip())
    return declared, Template(text[header.end() :])
