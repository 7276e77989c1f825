"""The user's own newer openai goes with the house, and ragas with the older one that it asks for: asked of the index.

Nothing is installed: an environment of either kind is what the suites run in (`make test`, `make eval-test`).
"""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UV = shutil.which("uv") or (str(ROOT / ".uv/bin/uv") if (ROOT / ".uv/bin/uv").exists() else "")

pytestmark = pytest.mark.skipif(not UV, reason="uv is not here: it resolves the environments (`make test` gets it)")


def pinned(name: str) -> str:
    """The openai of that constraints file."""
    (version,) = re.findall(r"^openai==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return version


NEWER, OLDER = pinned("constraints.txt"), pinned("constraints-evals.txt")


@pytest.fixture
def resolve(tmp_path):
    return partial(_resolve, tmp_path)


def _resolve(folder: Path, wish: str, *options: str) -> dict[str, str] | None:
    """The versions with which `wish` goes beside the project; None when nothing does."""
    (folder / "wish.txt").write_text(f"{wish}\n")
    command = [UV, "pip", "compile", "--universal", "--python-version", "3.11", "--no-header", "--no-annotate"]
    sources = [str(ROOT / "pyproject.toml"), str(folder / "wish.txt")]
    done = subprocess.run(
        [*command, *options, *sources], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode == 0:
        return dict(re.findall(r"^([\w-]+)==([^\s;]+)", done.stdout, re.MULTILINE))
    if "No solution found" not in done.stderr or "network was disabled" in done.stderr:
        pytest.skip(f"no package index could be asked: {done.stderr.strip()[-200:]}")
    assert "openai" in done.stderr
    return None


@pytest.mark.parametrize("extras", [[], ["--extra", "embedded"]], ids=["bare", "embedded"])
def test_the_users_newer_openai_goes_with_the_house_without_the_evals(resolve, extras):
    found = resolve(f"openai>={NEWER}", *extras)
    assert found is not None
    assert "ragas" not in found
    assert "langchain-openai" in found


def test_the_evals_have_ragas_with_the_openai_that_it_asks_for(resolve):
    found = resolve("", "--extra", "embedded", "--extra", "evals", "--constraint", str(ROOT / "constraints-evals.txt"))
    assert found is not None
    assert (found["openai"], found["ragas"]) == (OLDER, "0.4.3")
    assert found["langchain-community"].startswith("0.4.1")


def test_both_in_one_environment_do_not_go_which_is_why_the_evals_have_their_own(resolve):
    assert resolve(f"openai>={NEWER}", "--extra", "evals") is None
