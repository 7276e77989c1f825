"""`roleplay memory export|import|backup|restore|migrate|reindex`: memories in files, and in other homes."""

from typing import TYPE_CHECKING, Annotated

import typer

from langgraph_roleplay.cli.counts import counted, memories

if TYPE_CHECKING:
    from langgraph_roleplay.memory import Memory, Selection

__all__ = ["moves_app"]

moves_app = typer.Typer(help="Memories in files and other homes.", no_args_is_help=True)

_User = Annotated[str | None, typer.Option(help="Only what is remembered of this user.")]
_Character = Annotated[str | None, typer.Option(help="Only what this character remembers.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


@moves_app.command("export")
def export_command(
    path: Annotated[str, typer.Argument(help="The file to write; - is stdout.")],
    *,
    user: _User = None,
    character: _Character = None,
    force: _Force = False,
) -> None:
    """Write memories to a file of JSON lines, hidden ones too; vectors are left out."""
    from langgraph_roleplay.cli.moving import bar, file_for, home_at, run, tell_of_waiting  # noqa: PLC0415 - as below
    from langgraph_roleplay.memory.moving.transfer import export_memories  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    selection, settings = _selection(user, character), read_settings()

    async def work() -> int:
        async with home_at(settings.memory, settings=settings) as home:
            with bar("exporting") as told:
                count = await export_memories(home, file, selection=selection, replace=force, progress=told)
        await tell_of_waiting(settings)
        return count

    with file_for(path) as file:
        count = run(work())
    typer.echo(f"Exported {memories(count)}.", err=True)


@moves_app.command("import")
def import_command(
    path: Annotated[str, typer.Argument(help="A file that `roleplay memory export` wrote; - is stdin.")],
    *,
    user: _User = None,
    character: _Character = None,
) -> None:
    """Keep the memories of a file; what is there already stays as it is, and a file with an error changes nothing."""
    from langgraph_roleplay.cli.moving import bar, file_from, home_at, load_vectorizer, run  # noqa: PLC0415 - as above
    from langgraph_roleplay.memory.moving.insertion import check_file  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.memory.moving.transfer import import_memories  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    settings = read_settings()

    def wanted(memory: "Memory") -> bool:
        return user in (None, memory.user) and character in (None, memory.character)

    async def work() -> int:
        await check_file(file, "memories")  # before a home is made for it
        vectorizer = await load_vectorizer(settings.embeddings, settings=settings)
        async with home_at(settings.memory, settings=settings, fingerprint=vectorizer.fingerprint) as home:
            with bar("importing") as told:
                return await import_memories(home, file, vectorizer=vectorizer, wanted=wanted, progress=told)

    with file_from(path) as file:
        count = run(work())
    typer.echo(f"Imported {memories(count, 'that was', 'that were')} not here yet.", err=True)


@moves_app.command("backup")
def backup_command(
    path: Annotated[str, typer.Argument(help="The file to write, such as memories.backup.gz.")],
    *,
    force: _Force = False,
) -> None:
    """Copy all memories, vectors and all, into one file; conversations may go on meanwhile."""
    from pathlib import Path  # noqa: PLC0415 - keeps --help quick

    from langgraph_roleplay.cli.moving import bar, home_at, run, tell_of_waiting  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.memory.moving.backup import back_up  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    settings = read_settings()

    async def work() -> int:
        async with home_at(settings.memory, settings=settings) as home:
            with bar("backing up") as told:
                count = await back_up(home, Path(path), replace=force, progress=told)
        await tell_of_waiting(settings)
        return count

    typer.echo(f"Backed up {memories(run(work()))} to {path}.")


@moves_app.command("restore")
def restore_command(
    path: Annotated[str, typer.Argument(help="A file that `roleplay memory backup` wrote.")],
    *,
    merge: Annotated[bool, typer.Option("--merge", help="Add to memories that are here already.")] = False,
) -> None:
    """Bring back the memories of a backup; a damaged file changes nothing."""
    from pathlib import Path  # noqa: PLC0415 - keeps --help quick

    from langgraph_roleplay.cli.moving import bar, home_at, run  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.memory.moving.backup import check_backup, restore_backup  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    settings = read_settings()

    async def work() -> int:
        backup = await check_backup(Path(path))
        async with home_at(settings.memory, settings=settings, fingerprint=backup.header.fingerprint) as home:
            with bar("restoring") as told:
                return await restore_backup(home, backup, merge=merge, progress=told)

    typer.echo(f"Restored {memories(run(work()), 'that was', 'that were')} not here yet.")


@moves_app.command("migrate")
def migrate_command(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A folder, or the URL of a Qdrant server.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Another one.")],
) -> None:
    """Copy all memories from one home into another; FROM stays as it is.

    Broken off, the same command goes on where it stopped. Set QDRANT_API_KEY for a server.
    """
    from langgraph_roleplay.cli.moving import (  # noqa: PLC0415 - keeps --help quick
        bar,
        home_at,
        home_for,
        refuse_folder_around,
        run,
        tell_of_waiting,
    )
    from langgraph_roleplay.errors import SettingsError  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.memory.moving.migrate import Migrated, migrate, same_home  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if same_home(source, target):
        raise SettingsError(f"{source} and {target} are the same home.")
    refuse_folder_around(source)
    refuse_folder_around(target)
    settings = read_settings()

    async def work() -> Migrated:
        async with (
            home_at(source, settings=settings) as one,
            home_for(one, target, settings=settings, named=source) as other,
        ):
            with bar("copying") as told:
                moved = await migrate(one, other, progress=told)
        if same_home(source, settings.memory):
            await tell_of_waiting(settings)
        return moved

    done = run(work())
    typer.echo(f"Copied {memories(done.copied)} to {target}; all of {source} is there.")
    if done.different:
        typer.echo(f"{memories(done.different)} had been changed on one side; what is in {target} was left.", err=True)


@moves_app.command("reindex")
def reindex_command(
    *,
    embeddings: Annotated[
        str | None, typer.Option(help="The new embedding model as provider:model.", show_default="ROLEPLAY_EMBEDDINGS")
    ] = None,
) -> None:
    """Give all memories, and the library, the vectors of another embedding model, while conversations go on.

    Broken off, the same command goes on where it stopped.
    """
    from langgraph_roleplay.cli.moving import (  # noqa: PLC0415 - keeps --help quick
        bar,
        home_at,
        library_is_there,
        load_vectorizer,
        run,
    )
    from langgraph_roleplay.memory.moving.reindex import Reindexed, reindex  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    settings = read_settings()
    spec = embeddings or settings.embeddings

    async def work() -> Reindexed:
        vectorizer = await load_vectorizer(spec, settings=settings)
        async with home_at(settings.memory, settings=settings) as home:
            with bar("embedding") as told:
                done = await reindex(home, vectorizer=vectorizer, progress=told)
        if await library_is_there(settings):
            async with home_at(settings.library, settings=settings, holding="library") as home:
                with bar("embedding the library") as told:
                    await reindex(home, vectorizer=vectorizer, progress=told)
        return done

    done = run(work())
    embedded = counted(done.embedded, "was", "were")
    typer.echo(f"{memories(done.memories, 'has', 'have')} vectors of {spec} now; {embedded} embedded for it.")
    if spec != settings.embeddings:
        typer.echo(f"From now on: export ROLEPLAY_EMBEDDINGS={spec}")


def _selection(user: str | None, character: str | None) -> "Selection | None":
    from langgraph_roleplay.memory import Selection  # noqa: PLC0415 - keeps --help quick

    if user is None and character is not None:
        raise typer.BadParameter("--character wants --user beside it: memories are always of a user")
    return None if user is None else Selection(user=user, character=character)
