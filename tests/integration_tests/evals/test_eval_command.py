"""The command as a user runs it, on the embedded model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_command_prints_a_table_and_says_where_its_files_are(weights_settings, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "weights").symlink_to(weights_settings.weights)
    code = "from langgraph_roleplay.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "eval", "run", "conversation", "--persona", "alice", "--limit", "1"],
        env={**os.environ, "ROLEPLAY_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stderr == ""
    assert "first-words" in done.stdout
    assert "not scored" in done.stdout
    page, lines = map(Path, done.stdout.split()[-2:])
    assert page.read_text().startswith("<!doctype html>")
    (case,) = map(json.loads, lines.read_text().splitlines())
    assert case["persona"] == "alice"
    assert case["turns"][0]["reply"]
    assert not (home / "memory").exists()
    assert not (home / "threads.sqlite").exists()
