import json

import pytest

from langgraph_roleplay.cli.transcript import Said, Transcript, write_transcript
from langgraph_roleplay.errors import RoleplayError

TRANSCRIPT = Transcript("t-1", "alice", [Said("user", "Ada", "Hi\nthere"), Said("character", "Alice", "好 \u2028 ok")])


def test_markdown_names_each_speaker(tmp_path):
    write_transcript(TRANSCRIPT, tmp_path / "talk.md")
    text = (tmp_path / "talk.md").read_text(encoding="utf-8")
    assert "**Ada:** Hi\nthere" in text
    assert "**Alice:** 好" in text


def test_json_lines_can_be_read_back(tmp_path):
    write_transcript(TRANSCRIPT, tmp_path / "talk.jsonl")
    rows = [json.loads(row) for row in (tmp_path / "talk.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    assert [(row["role"], row["name"], row["text"]) for row in rows] == [
        (line.role, line.name, line.text) for line in TRANSCRIPT.said
    ]


def test_a_file_is_never_overwritten(tmp_path):
    (tmp_path / "talk.md").write_text("mine", encoding="utf-8")
    with pytest.raises(RoleplayError, match="there already"):
        write_transcript(TRANSCRIPT, tmp_path / "talk.md")
    assert (tmp_path / "talk.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["talk.txt", "talk", "no/such/folder.md"])
def test_a_name_that_cannot_be_written_is_explained(tmp_path, name):
    with pytest.raises(RoleplayError, match=r"\.jsonl|can't be written"):
        write_transcript(TRANSCRIPT, tmp_path / name)
