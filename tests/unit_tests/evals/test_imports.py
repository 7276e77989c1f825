import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

WATCH = """
import sys
tried = set()
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in ('ragas', 'langchain_community', 'instructor'):
            tried.add(name.partition('.')[0])
sys.meta_path.insert(0, Watch())
"""
RUNTIME = """
import langgraph_roleplay
from langgraph_roleplay import *
import langgraph_roleplay.cli.app, langgraph_roleplay.cli.start, langgraph_roleplay.cli.evaluation
"""


def watched(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{WATCH}{code}\nprint(sorted(tried))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_package_graph_and_commands_import_neither_ragas_nor_langchain_community():
    assert watched(RUNTIME) == "[]"


def test_the_watch_would_see_such_an_import():
    code = "try:\n    import langgraph_roleplay.evals.ragas_adapter\nexcept ImportError:\n    pass"
    assert "ragas" in watched(code)


def test_the_chat_keeps_the_newest_openai_and_only_the_evals_pin_an_older_one():
    pins = [
        dict(line.split(" ")[0].split("==") for line in (ROOT / name).read_text().splitlines() if "==" in line[:60])
        for name in ("constraints.txt", "constraints-evals.txt")
    ]
    chat, evals = pins
    major = [int(pin["openai"].split(".")[0]) * 1000 + int(pin["openai"].split(".")[1]) for pin in pins]
    assert major[0] > major[1]
    assert not {"ragas", "instructor"} & set(chat)
    assert chat["langchain-community"] == evals["langchain-community"]
    assert evals["ragas"] == "0.4.3"
    assert evals["langchain-community"].startswith("0.4.1")


def test_the_constraints_of_the_evals_pin_with_hashes_and_name_no_address():
    text = (ROOT / "constraints-evals.txt").read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith(("#", " "))]
    assert text.count("\n    --hash=sha256:") >= len(pins) > 0
