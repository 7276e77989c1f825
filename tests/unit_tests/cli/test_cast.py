import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from langgraph_roleplay import PersonaError
from langgraph_roleplay.cli.app import app
from langgraph_roleplay.cli.cast_show import notes_of
from langgraph_roleplay.personas import PersonaLibrary, load_persona

WORLD = {"entries": {"0": {"uid": 0, "key": ["moon"], "content": "Two moons."}}}

REAL = ("sillytavern_Seraphina.png", "sillytavern_Eldoria_worldinfo.json")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ROLEPLAY_PERSONAS", raising=False)
    monkeypatch.delenv("ROLEPLAY_TRUSTED_CARDS", raising=False)
    (tmp_path / "files").mkdir()
    monkeypatch.chdir(tmp_path / "files")
    return tmp_path / "home"


def cast(*arguments, code=0):
    """Run `roleplay cast …`; an error that the command line says in one line comes back as it is."""
    done = CliRunner().invoke(app, ["cast", *map(str, arguments)])
    if isinstance(done.exception, PersonaError):
        assert code == 1
        return str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.exit_code == code, done.output
    return done.output


def card(stem, **data):
    path = Path(f"{stem}.json")
    path.write_text(json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Zoe", **data}}))
    return path


def test_a_card_is_imported_byte_for_byte_under_its_name_and_found_at_once(home):
    path = card("main_zoe-v12_spec")
    assert "imported as zoe" in cast("import", path)
    assert (home / "personas" / "zoe.json").read_bytes() == path.read_bytes()
    assert PersonaLibrary(home / "personas").get("Zoe").id == "zoe"
    assert home.stat().st_mode & 0o077 == 0


def test_the_same_again_is_already_there_and_another_of_its_name_gets_a_number(home):
    cast("import", card("zoe"))
    assert "already there as zoe" in cast("import", "zoe.json")
    told = cast("import", card("other", description="Another."))
    assert "imported as zoe-2" in told
    assert "--replace" in told
    assert "already there as zoe-2" in cast("import", "other.json", "--replace")
    assert sorted(path.name for path in (home / "personas").iterdir()) == ["zoe-2.json", "zoe.json"]


def test_a_card_called_like_a_built_in_one_does_not_take_its_place_unasked(home):
    path = card("a", name="Alice")
    assert "imported as alice-2" in cast("import", path)
    cast("remove", "alice-2", "--yes")
    assert "hides the built-in alice" in cast("import", path, "--replace")


def test_what_is_replaced_can_be_brought_back(home):
    cast("import", card("old", description="Old."))
    assert "replaced zoe" in cast("import", card("new", description="New."), "--replace")
    for description in ("Old.", "New.", "Old."):
        assert "Restored zoe; what was there is kept" in cast("restore", "zoe")
        assert PersonaLibrary(home / "personas").get("zoe").description == description


def test_every_version_is_listed_with_its_date_and_can_be_brought_back(home):
    for number in "123":
        cast("import", card("zoe", description=number), "--replace")
    cast("remove", "zoe", "--yes")
    listed = [line.split("\t") for line in cast("restore").splitlines()]
    assert [(ref, file) for ref, _, file in listed] == [(f"zoe{no}", "zoe.json") for no in ("", "@2", "@3")]
    assert all(datetime.strptime(at, "%Y-%m-%d %H:%M") for _, at, _ in listed)
    assert "zoe, zoe@2, zoe@3" in cast("restore", "zoe@4", code=1)
    cast("restore", "zoe@3")
    assert PersonaLibrary(home / "personas").get("zoe").description == "1"
    assert len(cast("restore").splitlines()) == 2
    cast("restore", "Zoe@1")
    assert PersonaLibrary(home / "personas").get("zoe").description == "3"


def test_several_go_at_once_and_come_back_or_none_does(home):
    cast("import", card("zoe"), card("mia", name="Mia"))
    cast("remove", "zoe", "nobody-there", "--yes", code=1)
    assert len(list((home / "personas").iterdir())) == 2
    cast("remove", "zoe", "mia", "--yes")
    assert list((home / "personas").iterdir()) == []
    cast("restore", "zoe", "nobody-there", code=1)
    cast("restore", "zoe", "mia")
    assert len(list((home / "personas").iterdir())) == 2


def test_two_of_one_name_in_one_go_both_stay_even_when_replacing(home):
    told = cast("import", card("a"), card("b", description="Another."), "--replace")
    assert "imported as zoe\n" in told
    assert "imported as zoe-2" in told


def test_what_is_broken_is_told_in_a_line_each_and_the_rest_is_imported(home):
    card("zoe")
    Path("bad.json").write_text("{")
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Path("odd\x1b[31m.json").write_text("[]")
    Path("notes.txt").write_text("no card")
    told = cast("import", ".", "nobody.json", code=1)
    assert "imported as zoe" in told
    assert told.count("not imported: ") == 4
    assert "1 file imported" in told
    assert "\x1b" not in told
    assert len(told.splitlines()) == 6


def test_folders_in_folders_are_looked_into_when_asked(home):
    Path("sub").mkdir()
    card("sub/zoe")
    assert "Nothing to import" in cast("import", ".", code=1)
    assert "imported as zoe" in cast("import", ".", "--recursive")


def test_a_lorebook_is_told_from_a_card_by_itself_and_keeps_the_name_of_its_file(home):
    Path("Two Moons.json").write_text(json.dumps(WORLD))
    card("zoe", extensions={"world": "Two Moons"})
    assert "which is not here" in cast("show", "zoe.json")
    assert "imported as lorebook two-moons" in cast("import", "Two Moons.json")
    assert "already there as two-moons" in cast("import", "Two Moons.json")
    cast("import", "zoe.json")
    assert "moon: Two moons." in cast("show", "zoe")
    assert "moon: Two moons." in cast("show", "two-moons")


def test_a_file_gets_the_suffix_of_what_is_in_it(home):
    cast("import", card("zoe"))
    cast("export", "zoe", "--to", "zoe.png")
    Path("zoe.png").rename("mia")
    cast("remove", "zoe", "--yes")
    cast("import", "mia")
    assert (home / "personas" / "zoe.png").read_bytes() == Path("mia").read_bytes()


def test_an_id_can_be_chosen_for_one_file(home):
    assert "imported as my-zoe" in cast("import", card("zoe"), "--id", "My Zoe")
    assert "--id" in cast("import", "zoe.json", card("mia", name="Mia"), "--id", "x", code=2)


def test_a_name_out_of_a_card_never_leads_out_of_the_folder(home):
    for number, name in enumerate(("../../evil", "/etc/passwd", "..", "a/b\\c", "x" * 5000, "\x00", "\u202e")):
        cast("import", card(f"c{number}", name=name))
    files = list((home / "personas").iterdir())
    assert len(files) == 7
    assert all(len(path.name.encode()) < 255 for path in files)
    assert not (home.parent / "evil.json").exists()


def test_the_real_files_are_imported_and_listed(home, shared_data):
    card, world = (shared_data / "cards" / name for name in REAL)
    cast("import", card, world)
    assert (home / "personas" / "seraphina.png").read_bytes() == card.read_bytes()
    rows = {row["id"]: row for row in json.loads(cast("list", "--json"))}
    assert (rows["seraphina"]["kind"], rows["seraphina"]["source"]) == ("character", "yours")
    assert rows["seraphina"]["tokens"] > 500
    assert rows["sillytavern-eldoria-worldinfo"]["kind"] == "lorebook"
    assert (rows["alice"]["source"], rows["alice"]["file"]) == ("built-in", None)
    cast("export", "seraphina", "--to", "again.png")
    assert "already there as seraphina" in cast("import", "again.png")


@pytest.mark.parametrize(
    ("to", "options"), [("x.json", ()), ("x.json", ("--spec", "v2")), ("x.png", ()), ("x.charx", ())]
)
def test_an_exported_card_is_the_same_character(home, to, options):
    cast("export", "captain-nemo", "--to", to, *options)
    assert load_persona(Path(to)).description == PersonaLibrary().get("captain-nemo").description


def test_an_export_makes_no_folders(home):
    assert "y is no folder" in cast("export", "alice", "--to", "y/x.png", code=1)
    assert not Path("y").exists()


def test_an_export_behind_a_jpeg_asks_for_one_and_says_what_stays_behind(home):
    assert "--picture" in cast("export", "alice", "--to", "x.jpg", code=1)
    cast("export", "alice", "--to", "alice.png")
    Path("cat.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\x00" * 20 + b"\xff\xd9")
    told = cast("export", "alice.png", "--to", "x.jpg", "--picture", "cat.jpg")
    assert "The picture of alice.png stays behind" in told
    assert load_persona(Path("x.jpg")).name == "Alice"


def test_what_an_export_leaves_behind_is_told_on_stdout_too(home):
    cast("export", "alice", "--to", "a.png")
    cast("export", "a.png", "--to", "a.charx")
    assert "stay behind" in cast("export", "a.charx", "--to", "a.json")
    assert "stay behind" in cast("export", "a.charx", "--to", "-")


def test_an_export_replaces_no_file_unasked_and_needs_no_name(home):
    cast("export", "alice")
    assert "alice.json is there already" in cast("export", "alice", code=1)
    cast("export", "alice", "--replace")
    assert json.loads(cast("export", "alice", "--to", "-"))["data"]["name"] == "Alice"
    Path("moons.json").write_text(json.dumps(WORLD))
    cast("import", "moons.json")
    assert "entries" in json.loads(cast("export", "moons", "--to", "-", "--format", "world_info"))
    assert "written as .json" in cast("export", "moons", "--to", "x.png", code=1)


def test_what_was_removed_does_not_come_back_beside_another_of_its_id(home):
    cast("import", card("zoe"))
    cast("export", "zoe", "--to", "zoe.png")
    cast("remove", "zoe", "--yes")
    cast("import", "zoe.png")
    assert "Restored zoe" in cast("restore", "zoe")
    assert [path.name for path in (home / "personas").iterdir()] == ["zoe.json"]
    assert "zoe.png" in cast("restore")


def test_the_many_flags_of_a_card_are_told_in_few_words(home):
    entries = [{"keys": ["k"], "content": f"see https://x.example/{number} <b>x</b>"} for number in range(40)]
    told = cast("import", card("zoe", character_book={"entries": entries}))
    lines = told.splitlines()
    assert len(told) < 1000
    assert lines[0] == "zoe.json: imported as zoe"
    assert [line[:4] for line in lines[1:5]] == ["  It", "  It", "  It", "  an"]
    assert "more: roleplay cast show zoe" in lines[4]


def test_damage_is_told_at_import_and_shown(home):
    cast("export", "alice", "--to", "alice.png")
    broken = bytearray(Path("alice.png").read_bytes())
    for kind in (b"chara\0", b"ccv3\0"):
        start = broken.index(kind) - 8  # the length of the chunk, its type, its text, its checksum
        broken[start + 8 + int.from_bytes(broken[start : start + 4], "big")] ^= 1
    Path("alice.png").write_bytes(broken)
    assert "\n  The checksum of the card's chunk is wrong." in cast("import", "alice.png", "--id", "mine")
    assert "The checksum of the card's chunk is wrong." in cast("show", "mine")
    assert json.loads(cast("show", "mine", "--json"))["notices"]


def test_a_world_that_is_missing_is_told_with_what_to_type(home):
    hint = "Zoe names the world 'Two Moons', which is not here: roleplay cast import FILE --id two-moons"
    assert hint in cast("import", card("zoe", extensions={"world": "Two Moons"}))
    Path("export_of_moons.json").write_text(json.dumps(WORLD))
    assert hint in cast("import", "export_of_moons.json")
    assert hint in cast("show", "zoe")
    assert hint not in cast("import", "export_of_moons.json", "--id", "two-moons")
    assert "names the world 'Two Moons', which is here as two-moons" in cast("show", "zoe")
    assert "names the world" not in cast("import", "export_of_moons.json", "--id", "other-moons") + cast(
        "show", "alice"
    )
    book = {"name": "Two Moons", "entries": []}
    assert hint not in cast("import", card("mia", name="Mia", extensions={"world": "Two Moons"}, character_book=book))
    assert "which is the lorebook in the card" in cast("show", "mia")


def test_a_world_that_comes_with_its_card_is_not_missed(home):
    card("zoe", extensions={"world": "Two Moons"})
    Path("Two Moons.json").write_text(json.dumps(WORLD))
    for order in (("zoe.json", "Two Moons.json"), ("Two Moons.json", "zoe.json")):
        assert "names the world" not in cast("import", *order)
        cast("remove", "zoe", "two-moons", "--yes")


def test_json_of_a_card_is_harmless_on_the_screen_and_says_all(home):
    card("evil", name="Evil \x9b2J\u202e", description="好")
    for told in (cast("show", "evil.json", "--json"), cast("export", "evil.json", "--to", "-")):
        assert "\x9b" not in told
        assert "\u202e" not in told
        assert "好" in told
    facts = json.loads(cast("show", "evil.json", "--json"))
    assert facts["card"]["data"]["name"] == "Evil \x9b2J\u202e"
    assert facts["digest"] == load_persona(Path("evil.json")).digest


def test_a_card_that_the_settings_trust_is_shown_so_and_trust_is_taken_back_by_the_digest(home, monkeypatch):
    cast("import", card("zoe", system_prompt="Obey me."))
    digest = load_persona(Path("zoe.json")).digest
    monkeypatch.setenv("ROLEPLAY_TRUSTED_CARDS", digest)
    assert json.loads(cast("show", "zoe", "--json"))["trusted"] is True
    assert "Trusted, by ROLEPLAY_TRUSTED_CARDS" in cast("show", "zoe")
    monkeypatch.delenv("ROLEPLAY_TRUSTED_CARDS")
    cast("trust", "zoe", "--yes")
    assert "zoe" in cast("trust", "--revoke", digest)
    assert json.loads(cast("show", "zoe", "--json"))["trusted"] is False


def test_only_own_cards_can_be_removed_and_nobody_is_removed_unasked(home):
    assert "built in" in cast("remove", "alice", "--yes", code=1)
    cast("import", card("zoe"))
    assert "--yes" in cast("remove", "zoe", code=2)
    assert "delete the file yourself" in cast("remove", "./zoe.json", "--yes", code=1)
    cast("remove", "zoe.json", "--yes")
    assert Path("zoe.json").exists()
    cast("import", card("a", name="Alice"))
    assert "Removed alice-2" in cast("remove", "alice-2", "--yes")
    assert "built in" in cast("remove", "alice", "--yes", code=1)
    assert "alice-2" in cast("restore")
    assert "Nothing was removed" in cast("restore", "bob", code=1)


def test_a_card_is_shown_harmless(home):
    card(
        "evil",
        description="<img src=x onerror=alert(1)>\x1b[2J {{user}}",
        assets=[{"type": "icon", "uri": "data:image/png;base64," + "A" * 5000, "name": "main", "ext": "png"}],
    )
    told = cast("show", "evil.json")
    assert "\x1b" not in told
    assert "<img src=x onerror=alert(1)>[2J you" in told
    assert "A" * 200 not in told
    facts = json.loads(cast("show", "evil.json", "--json"))
    assert facts["card"]["data"]["name"] == "Zoe"
    assert facts["trusted"] is False
    assert facts["flags"]


def test_what_of_a_lorebook_can_not_work_is_told(home):
    song = {"keys": ["(la"], "use_regex": True, "name": "Song", "content": "La."}
    cast("import", card("zoe", character_book={"entries": [song]}))
    assert "Can not work: 'Song' has a pattern that is not valid" in cast("show", "zoe")


def test_notes_are_shown_in_the_readers_language():
    persona = load_persona({"name": "Zoe", "creator_notes": "Hello", "creator_notes_multilingual": {"de": "Hallo"}})
    assert notes_of(persona, language="de") == "Hallo"
    assert notes_of(persona, language="fr") == "Hello"
    only = load_persona({"name": "Zoe", "creator_notes_multilingual": {"ja": "やあ"}})
    assert notes_of(only, language="en") == "やあ"


def test_trust_shows_the_orders_first_and_ends_with_an_edit(home):
    cast("import", card("zoe", system_prompt="Obey \x1b[31mme.", post_history_instructions="Be brief."))
    shown = cast("trust", "zoe", code=2)
    assert "Obey [31mme." in shown
    assert "Be brief." in shown
    assert "Not trusted" in cast("show", "zoe")
    assert "unless you trust" in cast("show", "zoe")
    assert "is trusted until its card is edited" in cast("trust", "zoe", "--yes")
    assert "trusted already" in cast("trust", "zoe", "--yes")
    shown = cast("show", "zoe")
    assert "Trusted; to take it back" in shown
    assert "unless you trust" not in shown
    assert "unless you trust" not in str(json.loads(cast("show", "zoe", "--json"))["flags"])
    cast("import", card("edited", system_prompt="Obey me!"), "--replace")
    assert "Not trusted" in cast("show", "zoe")
    assert "edited or gone" in cast("trust", "--list")
    assert "not trusted any more" in cast("trust", "--revoke", "zoe")
    assert "No trusted card" in cast("trust", "--revoke", "zoe", code=1)
    assert "nothing to trust" in cast("trust", "alice", "--yes", code=1)
    cast("trust", code=2)
