import json

from langgraph_roleplay import Settings
from langgraph_roleplay.cli.doctor import _cast


def test_the_cast_is_counted_and_what_is_broken_is_named(tmp_path):
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "zoe.json").write_text(json.dumps({"name": "Zoe"}))
    (folder / "moons.json").write_text(json.dumps({"spec": "lorebook_v3", "data": {"entries": []}}))
    (folder / "bad.json").write_text("{")
    (tmp_path / "trusted.json").write_text("{")
    counted, broken, trusted = _cast(Settings(home=tmp_path))
    assert "1 of them yours, and 1 lorebook (" in counted.text
    assert (broken.status, "bad.json" in broken.text) == ("warn", True)
    assert (trusted.status, "trusted.json" in trusted.text) == ("warn", True)


def test_a_folder_that_was_asked_for_and_is_not_there_is_told(tmp_path):
    plain, missing = _cast(Settings(home=tmp_path, personas=tmp_path / "none"))
    assert plain.status == "ok"
    assert "ROLEPLAY_PERSONAS" in missing.text
    assert [check.status for check in _cast(Settings(home=tmp_path))] == ["ok"]
