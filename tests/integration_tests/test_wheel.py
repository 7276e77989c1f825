"""The built wheel: one top-level name, everything in it, and it works without this checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_only_top_level_name_is_the_package(wheel):
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"langgraph_roleplay"}


def test_prompts_cast_and_type_marker_are_in_it_and_tests_are_not(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    data = {path for path in listed if path.endswith((".md", ".json")) and path.startswith(("prompts/", "personas/"))}
    assert {f"langgraph_roleplay/{path}" for path in data} <= names
    assert "langgraph_roleplay/py.typed" in names
    assert not [name for name in names if "/tests/" in name or name.endswith("conftest.py")]


def test_the_command_works_from_the_wheel_in_a_folder_with_other_tools_and_nodes(wheel, tmp_path):
    target, app = tmp_path / "site", tmp_path / "app"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(pip, check=True)
    for name in ("tools", "nodes"):
        (app / name).mkdir(parents=True)
        (app / name / "__init__.py").write_text("raise ImportError('the host app has its own')")
    code = "import langgraph_roleplay as r; print(r.__file__); from langgraph_roleplay.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "cast", "list"],
        cwd=app,
        env={**os.environ, "PYTHONPATH": f"{target}{os.pathsep}{app}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(target))
    assert "sun-wukong" in done.stdout
