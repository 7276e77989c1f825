"""Weights that are missing come first, with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from langgraph_roleplay.context import Context
from langgraph_roleplay.models.spec import EMBEDDED, parse_spec
from langgraph_roleplay.models.weights import SMOLLM2, model_path
from langgraph_roleplay.settings import Settings

__all__ = ["ensure_weights", "pull_with_progress"]


def ensure_weights(context: Context, *, settings: Settings) -> None:
    """Pull the default model's weights if this chat needs them and they are not there.

    Raises:
        ModelError: the model's name is wrong, or the weights can't be had.
    """
    spec = parse_spec(context.model or settings.model)
    if spec.provider != EMBEDDED:
        return
    if spec.name == SMOLLM2 and not model_path(SMOLLM2, settings=settings).is_file():
        pull_with_progress(SMOLLM2, settings=settings)
    from langgraph_roleplay.models.pull import weights_of  # noqa: PLC0415 - httpx and ssl, which remote models load

    weights_of(spec.name, settings=settings)


def pull_with_progress(source: str, *, settings: Settings, name: str | None = None, sha256: str | None = None) -> Path:
    """Pull weights; the bar is on stderr, and only on a terminal.

    Raises:
        ModelError: they can't be had.
    """
    from langgraph_roleplay.models.pull import pull_model  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as bar:
        task = bar.add_task(f"pulling {source}", total=None)
        return pull_model(
            source,
            settings=settings,
            name=name,
            sha256=sha256,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
