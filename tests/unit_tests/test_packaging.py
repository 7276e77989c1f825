"""The package is what its folders say: nothing is left out of the wheel, arrows point one way."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import langgraph_roleplay

ROOT = Path(__file__).parents[2]
NOT_PACKAGED = {"tests", "build", "dist"}
# What each folder may import of the others; `state`, `context`, `errors` and `settings` are free to all.
ARROWS = {
    "prompts": set(),
    "safety": set(),
    "personas": {"memory", "safety"},
    "models": {"prompts"},
    "memory": set(),
    "tools": {"memory", "personas", "prompts", "turn"},
    "nodes": {
        "memory",
        "models",
        "personas",
        "prompts",
        "reminiscing",
        "resources",
        "safety",
        "tools",
        "tracing",
        "turn",
    },
    "graphs": {"memory", "nodes", "personas", "resources", "safety", "tracing"},
}
FREE = {"state", "context", "errors", "settings"}


def test_every_folder_with_an_init_file_is_in_the_packages_list():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    folders = {
        ".".join(["langgraph_roleplay", *file.parent.relative_to(ROOT).parts])
        for file in ROOT.rglob("__init__.py")
        if not file.relative_to(ROOT).parts[0].startswith(".") and file.relative_to(ROOT).parts[0] not in NOT_PACKAGED
    }
    assert folders == listed


@pytest.mark.parametrize("folder", sorted(ARROWS))
def test_arrows_between_the_folders_point_one_way(folder):
    for file in (ROOT / folder).rglob("*.py"):
        imported = {
            name.split(".")[1]
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module
            for name in [node.module]
            if name.startswith("langgraph_roleplay.")
        }
        assert imported <= ARROWS[folder] | FREE | {folder}, file


def test_the_facade_lists_its_names_sorted_and_gives_each_of_them():
    assert list(langgraph_roleplay.__all__) == sorted(langgraph_roleplay.__all__)
    assert set(langgraph_roleplay.__all__) == set(langgraph_roleplay._HOME_OF)
    for name in langgraph_roleplay.__all__:
        assert getattr(langgraph_roleplay, name) is not None


def test_the_facade_refuses_a_name_that_it_does_not_have():
    with pytest.raises(AttributeError, match="no attribute 'persona'"):
        _ = langgraph_roleplay.persona


def test_importing_the_facade_loads_nothing_heavy():
    code = "import sys, langgraph_roleplay; print([m for m in ('langgraph', 'langchain_core') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_graph_of_langgraph_json_imports_and_brings_no_saver_of_its_own():
    for entry in json.loads((ROOT / "langgraph.json").read_text())["graphs"].values():
        module, _, name = entry["path"].partition(":")
        graph = getattr(import_module(module), name)
        assert entry["description"]
        assert graph.checkpointer is None
        assert graph.store is None


def test_importing_the_graph_opens_nothing_and_needs_no_home(tmp_path):
    home = tmp_path / "home"
    environ = {**os.environ, "ROLEPLAY_HOME": str(home)}
    subprocess.run([sys.executable, "-c", "from langgraph_roleplay import graph"], env=environ, check=True)
    assert not home.exists()


def test_the_constraints_pin_with_hashes_and_name_no_address():
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith(("#", " "))]
    assert pins
    assert text.count("\n    --hash=sha256:") >= len(pins)


def test_every_setting_is_explained_in_the_example_environment():
    from langgraph_roleplay.settings import _VARIABLES

    example = (ROOT / ".env.example").read_text()
    assert [name for name in _VARIABLES.values() if name not in example] == []
