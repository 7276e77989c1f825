"""One file over HTTP or from a folder: resumed where it stopped, and checked."""

import hashlib
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx

from langgraph_roleplay.errors import ModelError

__all__ = ["Progress", "Unreachable", "check_sha256", "copy_file", "download", "shown"]

Progress = Callable[[int, int | None], None]
"""Called with the bytes done so far and, if known, all of them."""

_CHUNK = 1 << 20
_ATTEMPTS = 3
_TIMEOUT = httpx.Timeout(30.0)
_NO_RANGE_LEFT = 416


class Unreachable(ModelError):
    """The server can't be reached, or lets nobody in without a login we don't have."""


def download(
    url: str,
    part: Path,
    *,
    progress: Progress,
    tls: ssl.SSLContext,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Fetch `url` into `part`, going on from what `part` already holds; three attempts where the network drops.

    Raises:
        Unreachable: nothing could be fetched (no route, certificate, login).
        ModelError: the server answered with an error, or the connection was lost for good; `part` is kept.
    """
    if urlsplit(url).scheme == "file":
        copy_file(Path(url2pathname(urlsplit(url).path)), part, progress=progress)
        return
    with httpx.Client(verify=tls, timeout=_TIMEOUT, follow_redirects=True, headers=dict(headers or {})) as client:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                _fetch(client, url, part, progress)
            except httpx.RequestError as error:
                if attempt == _ATTEMPTS or not part.exists():
                    raise _lost(url, part, error) from error
            else:
                return


def copy_file(source: Path, part: Path, *, progress: Progress) -> None:
    """Copy `source` to `part`, with progress."""
    total = source.stat().st_size
    with source.open("rb") as reader, part.open("wb") as writer:
        while block := reader.read(_CHUNK):
            writer.write(block)
            progress(writer.tell(), total)


def check_sha256(path: Path, expected: str) -> None:
    """Delete `path` and say so if its SHA-256 is not `expected`.

    Raises:
        ModelError: it is another one.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected.lower():
        path.unlink()
        raise ModelError(f"{path.name} is damaged (SHA-256 {found[:12]}… instead of {expected[:12]}…); it was deleted.")


def _fetch(client: httpx.Client, url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    # identity: a compressed body would count other bytes than the file has
    wanted = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=wanted) as answer:
        if answer.status_code == _NO_RANGE_LEFT and have:
            if answer.headers.get("Content-Range") == f"bytes */{have}":
                return
            part.unlink()  # longer than the file: it belongs to another one
            _fetch(client, url, part, progress)
            return
        _refuse(answer)
        resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
        _write(answer, part, have if resumed else 0, progress)


def _write(answer: httpx.Response, part: Path, have: int, progress: Progress) -> None:
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else None
    with part.open("ab" if have else "wb") as file:
        progress(have, total)
        for block in answer.iter_raw():
            file.write(block)
            have += len(block)
            progress(have, total)


def _refuse(answer: httpx.Response) -> None:
    if answer.status_code in (401, 403, 407):
        raise Unreachable(f"{shown(answer.url)} wants a login (HTTP {answer.status_code}).")
    if answer.is_error:
        raise ModelError(f"{shown(answer.url)} answered HTTP {answer.status_code}; nothing was pulled.")


def _lost(url: str, part: Path, error: httpx.RequestError) -> ModelError:
    if part.exists():
        return ModelError(f"The connection to {shown(url)} was lost ({error}); pull again to go on where it stopped.")
    return Unreachable(f"{shown(url)} can't be reached: {error}")


def shown(url: str | httpx.URL) -> str:
    """`url` as people may see it: no login, no signed query."""
    return str(httpx.URL(url).copy_with(userinfo=b"", query=None, fragment=None))
