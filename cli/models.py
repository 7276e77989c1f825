"""`roleplay models`: weights of embedded models."""

from typing import Annotated

import typer

__all__ = ["models_app"]

models_app = typer.Typer(help="Weights of embedded models: list, pull, remove.", no_args_is_help=True)


@models_app.command("list")
def list_weights() -> None:
    """List the weights that were pulled, and where they are."""
    from langgraph_roleplay.cli.listing import print_table  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.cli.naming import typeable  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.models.weights import list_models  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    found = list_models(read_settings())
    rows = [
        (f"embedded:{file.name}", f"{file.bytes / 1e6:.0f} MB", "default" if file.default else "", str(file.path))
        for file in found
    ]
    if rows:
        print_table(("model", "size", "", "file"), rows)
    else:
        typer.echo(typeable("No weights yet: `roleplay models pull smollm2` gets the default model's."), err=True)


@models_app.command("pull")
def pull_weights(
    source: Annotated[
        str, typer.Argument(help="smollm2, the path of a .gguf file, a URL, or owner/repo/file.gguf on the hub.")
    ],
    name: Annotated[str | None, typer.Option(help="What to call it; else the file's own name.")] = None,
    sha256: Annotated[str | None, typer.Option(help="Checksum that the file must have.")] = None,
) -> None:
    """Get weights; a broken download goes on where it stopped."""
    from langgraph_roleplay.cli.weights import pull_with_progress  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    path = pull_with_progress(source, settings=read_settings(), name=name, sha256=sha256)
    typer.echo(f"{path}\nUse it with: export ROLEPLAY_MODEL=embedded:{path.stem}")


@models_app.command("remove")
def remove_weights(name: Annotated[str, typer.Argument(help="A name that `roleplay models list` shows.")]) -> None:
    """Delete weights."""
    from langgraph_roleplay.models.weights import remove_model  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    typer.echo(f"Deleted {remove_model(name.removeprefix('embedded:'), settings=read_settings())}")
