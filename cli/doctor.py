"""`roleplay doctor`: what is here, what is wrong, and how to mend it. It opens things for real."""

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from langchain_core.embeddings import Embeddings
from rich.console import Console
from rich.text import Text

from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.threads import list_threads
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.memory import MemoryBank, Scope
from langgraph_roleplay.models import find_providers, load_embeddings, model_errors, profile_of
from langgraph_roleplay.models.pull import weights_of
from langgraph_roleplay.models.spec import EMBEDDED, parse_spec
from langgraph_roleplay.models.weights import SMOLLM2, model_path
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.trust import TrustedCards
from langgraph_roleplay.settings import Settings, make_private, read_settings

__all__ = ["Check", "examine", "print_checks"]

_PACKAGES = ("langgraph-roleplay", "langgraph", "langchain", "qdrant-client")
_EXTRA = {"xllamacpp": "embedded models", "wordllama": "embedded embeddings", "qdrant-edge-py": "memory in a folder"}
_INSTALL_EXTRA = "pip install 'langgraph-roleplay[embedded]'"
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_MANY_THREADS = 1000


@dataclass(frozen=True)
class Check:
    """One thing looked at; `fail` means that a default chat does not work."""

    name: str
    status: Literal["ok", "warn", "fail"]
    text: str
    fix: str = ""


def examine() -> list[Check]:
    """Look at everything a chat needs; what goes wrong becomes a check, not an error."""
    try:
        settings = read_settings()
    except RoleplayError as error:
        return [Check("settings", "fail", str(error), "correct or unset the variable")]
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (
        _versions,
        _home,
        _model,
        _embeddings_and_memory,
        _cast,
        _threads,
        _providers,
    )
    return [check for look in looks for check in look(settings)]


def print_checks(checks: list[Check], *, as_json: bool) -> None:
    """Print one line a check, and the fix below it."""
    if as_json:
        print_json([asdict(check) for check in checks])
        return
    console = Console(highlight=False, emoji=False)
    for check in checks:
        line = Text.assemble((f"{check.status:<5}", _STYLES[check.status]), f"{check.name:<11}", visible(check.text))
        console.print(line, soft_wrap=True)
        if check.fix:
            console.print(Text(f"{'':<16}→ {visible(check.fix)}", style="dim"), soft_wrap=True)


def _versions(settings: Settings) -> Iterator[Check]:
    found = [f"{package} {_version(package)}" for package in _PACKAGES]
    yield Check("versions", "ok", f"Python {platform.python_version()}, {', '.join(found)}")
    missing = [f"{package} ({use})" for package, use in _EXTRA.items() if not _version(package)]
    if missing:
        yield Check("packages", "warn", f"not installed: {', '.join(missing)}", _INSTALL_EXTRA)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _home(settings: Settings) -> Iterator[Check]:
    try:
        make_private(settings.home)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        fix = "make it writable, or set ROLEPLAY_HOME to a folder that is"
        yield Check("home", "fail", f"{settings.home} can't be written: {error.strerror}", fix)
        return
    yield Check("home", "ok", f"{settings.home} (ROLEPLAY_HOME)")


def _model(settings: Settings) -> Iterator[Check]:
    try:
        spec = parse_spec(settings.model)
        if spec.provider != EMBEDDED:
            from langgraph_roleplay.models import load_chat_model  # noqa: PLC0415 - imports the provider's package

            load_chat_model(settings.model, settings=settings)
            yield Check("model", "ok", f"{spec}: package and key are there; it was not asked anything")
            return
        if not _version("xllamacpp"):
            yield Check("model", "fail", f"{spec} needs xllamacpp", _INSTALL_EXTRA)
        elif spec.name == SMOLLM2 and not model_path(SMOLLM2, settings=settings).is_file():
            yield Check("model", "warn", f"{spec}: its weights are not here yet", "roleplay models pull smollm2")
        else:
            yield Check("model", "ok", f"{spec}: {weights_of(spec.name, settings=settings)}")
        if note := profile_of(settings.model).note:
            yield Check("model", "warn", note.partition("`")[0].strip(), "a line below, or: export ROLEPLAY_MODEL=…")
    except RoleplayError as error:
        yield Check("model", "fail", str(error), "export ROLEPLAY_MODEL=provider:model")


def _embeddings_and_memory(settings: Settings) -> Iterator[Check]:
    begun = time.perf_counter()
    try:
        embeddings = load_embeddings(settings.embeddings, settings=settings)
        length = len(embeddings.embed_query("Who are you?"))
    except _failures() as error:
        yield Check(
            "embeddings", "fail", f"{settings.embeddings}: {error}", "export ROLEPLAY_EMBEDDINGS=provider:model"
        )
        return
    took = time.perf_counter() - begun
    yield Check("embeddings", "ok", f"{settings.embeddings}: {length} dimensions, loaded in {took:.1f} s")
    try:
        count = asyncio.run(_count_memories(settings, embeddings))
    except _failures() as error:
        yield Check("memory", "fail", str(error), "until then a chat goes on without memory")
        return
    yield Check("memory", "ok", f"{settings.memory}: {count} memories of the default user with the cast")


def _failures() -> tuple[type[BaseException], ...]:
    return (RoleplayError, *model_errors())


async def _count_memories(settings: Settings, embeddings: Embeddings) -> int:
    bank = await MemoryBank.open(settings.memory, embeddings=embeddings, api_key=settings.qdrant_key)
    user = Context().user_name
    try:
        cast = await asyncio.to_thread(PersonaLibrary(settings.cast).ids)
        return sum([await bank.count(Scope(character=persona, user=user)) for persona in cast])
    finally:
        await bank.close()


def _cast(settings: Settings) -> Iterator[Check]:
    library = PersonaLibrary(settings.cast)
    own = sum(isinstance(found, Persona) for found in library.folder.all().values())
    books = counted(len(library.lorebooks()), "lorebook", "lorebooks")
    text = f"{len(library.ids())} characters, {own} of them yours, and {books} ({settings.cast})"
    yield Check("personas", "ok", text, "" if own else "roleplay cast import FILE… brings your own")
    if settings.personas and library.folder.missing():
        yield Check("personas", "warn", f"ROLEPLAY_PERSONAS={settings.personas} is not there", "make it, or unset it")
    for reason in library.broken().values():
        yield Check("personas", "warn", reason, "correct the file; until then it is left out")
    try:
        TrustedCards(settings.trusted).list()
    except RoleplayError as error:
        yield Check("personas", "warn", str(error), "until then no card is trusted but those of ROLEPLAY_TRUSTED_CARDS")


def _threads(settings: Settings) -> Iterator[Check]:
    if not settings.threads.exists():
        yield Check("threads", "ok", "no conversations yet")
        return
    try:
        found = asyncio.run(list_threads(settings=settings, limit=_MANY_THREADS))
    except RoleplayError as error:
        yield Check("threads", "fail", str(error), "move the file away; a new one is made")
        return
    yield Check("threads", "ok", f"{settings.threads}: {len(found)} conversations")


def _providers(settings: Settings) -> Iterator[Check]:
    found = find_providers(os.environ)  # handed on unread: providers look for names of their own
    for provider in found:
        yield Check("found", "ok", f"{provider.label} ({provider.found})", f"to use it: {provider.line}")
    if not found:
        fix = "export OPENAI_API_KEY=… ROLEPLAY_MODEL=openai:<model>, or start Ollama and run this again"
        yield Check("found", "ok", "no key of a model provider and no model server on this machine", fix)
