"""The examples in an environment that has the built wheel and not this checkout, beside a host's own packages."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
RUN = """
import runpy, sys, tools, nodes, langgraph_roleplay
assert tools.OWN and nodes.OWN
assert langgraph_roleplay.__file__.startswith(sys.prefix), langgraph_roleplay.__file__
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.fixture(scope="module")
def clean_python(wheel, tmp_path_factory) -> str:
    """A new environment: what we depend on is seen in its place, our editable install (a .pth file) is not."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    python = str(folder / "bin" / "python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", packages, str(wheel)]
    subprocess.run(install, check=True)
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


@pytest.fixture
def app(tmp_path) -> Path:
    """A host's folder with `tools` and `nodes` of its own."""
    for name in ("tools", "nodes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("OWN = True", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("own_builder", "The glass falls over Dartmoor."),
        ("as_subgraph", "(8 claps, 2 messages)"),
        ("as_tool", "tool: As deep as the sea itself."),
    ],
)
def test_each_example_runs_beside_a_host_s_own_tools_and_nodes(clean_python, app, name, words):
    shutil.copy(EXAMPLES / f"{name}.py", app)
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [clean_python, "-c", RUN, f"{name}.py"], cwd=app, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
