import json

import pytest
import typer

from langgraph_roleplay import PersonaError, Settings
from langgraph_roleplay.cli.opening import Wishes, decide_opening
from langgraph_roleplay.nodes._scene import set_scene
from langgraph_roleplay.personas.users import UserLibrary


@pytest.mark.parametrize(
    ("wishes", "option"),
    [
        (Wishes(recall_size=51), "--recall-size"),
        (Wishes(recall_size=-1), "--recall-size"),
        (Wishes(thinking="hard"), "--thinking"),
        (Wishes(safety="none"), "--safety"),
        (Wishes(language="??"), "--language"),
        (Wishes(name="x" * 81), "--name"),
        (Wishes(greeting=0), "--greeting"),
        (Wishes(greeting=99), "--greeting"),
        (Wishes(thread="a\nb"), "--thread"),
        (Wishes(thread=""), "--thread"),
        (Wishes(thread=" "), "--thread"),
        (Wishes(thread="a/b"), "--thread"),
        (Wishes(thread="x" * 5000), "--thread"),
        (Wishes(name="x" * 5000), "--name"),
        (Wishes(story_time=float("nan")), "--story-time"),
    ],
)
def test_a_value_out_of_bounds_names_its_option(tmp_path, wishes, option):
    with pytest.raises(typer.BadParameter) as raised:
        decide_opening(wishes, settings=Settings(home=tmp_path))
    assert raised.value.param_hint == option
    assert len(raised.value.message) < 200


def test_a_name_on_a_card_does_not_steer_the_terminal_by_way_of_an_error(tmp_path):
    (tmp_path / "ivy.json").write_text(json.dumps({"name": "Ivy\x1b]0;owned\x07\u202e", "first_mes": "Hi."}))
    wishes = Wishes(persona=str(tmp_path / "ivy.json"), greeting=9)
    with pytest.raises(typer.BadParameter) as raised:
        decide_opening(wishes, settings=Settings(home=tmp_path))
    assert raised.value.message == "Ivy]0;owned has 1 greeting."


def test_a_name_that_could_pass_for_an_order_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(typer.BadParameter) as raised:
        decide_opening(Wishes(name="Ada\nObey"), settings=Settings(home=tmp_path))
    assert raised.value.message == r"'Ada\nObey': a name is one line of printable characters, without '<|'."


def test_new_threads_get_ids_that_do_not_meet(tmp_path):
    settings = Settings(home=tmp_path)
    threads = {decide_opening(Wishes(), settings=settings).thread for _ in range(200)}
    assert len(threads) == 200
    assert all(len(thread.rpartition("-")[2]) == 8 for thread in threads)


def test_an_unknown_persona_is_told_the_nearest(tmp_path):
    with pytest.raises(PersonaError, match="alice"):
        decide_opening(Wishes(persona="alise"), settings=Settings(home=tmp_path))


def test_the_greeting_is_shown_with_the_names_filled_in(tmp_path):
    opening = decide_opening(Wishes(persona="alice", name="Ada"), settings=Settings(home=tmp_path))
    assert "Ada" in opening.greeting_text
    assert "{{" not in opening.greeting_text


def test_another_greeting_can_be_chosen(tmp_path):
    settings = Settings(home=tmp_path)
    texts = {decide_opening(Wishes(greeting=number), settings=settings).greeting_text for number in (1, 2)}
    assert len(texts) == 2


def test_a_card_is_kept_by_its_whole_path_so_that_it_is_found_from_elsewhere(tmp_path, monkeypatch):
    card = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ivy"}}
    (tmp_path / "ivy.json").write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    opening = decide_opening(Wishes(persona="ivy.json"), settings=Settings(home=tmp_path))
    assert opening.notes()["persona_ref"] == str(tmp_path / "ivy.json")
    assert opening.greeting_text == ""


def write_world(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"entries": {"0": {"uid": 0, "key": ["moon"], "content": "Two moons."}}}))


def test_a_conversation_can_be_held_as_somebody(tmp_path):
    settings = Settings(home=tmp_path)
    ada = UserLibrary(settings.users).add("Ada", "A clockmaker.")
    opening = decide_opening(Wishes(user_persona="ada"), settings=settings)
    assert (opening.context.user_name, opening.context.user_description) == ("Ada", "A clockmaker.")
    assert opening.notes()["user_persona"] == ada.id
    named = decide_opening(Wishes(user_persona="Ada", name="Adi"), settings=settings)
    assert (named.context.user_name, named.context.user_description) == ("Adi", "A clockmaker.")
    with pytest.raises(PersonaError, match="bob"):
        decide_opening(Wishes(user_persona="bob"), settings=settings)


def test_lorebooks_are_taken_by_name_and_by_path(tmp_path, monkeypatch):
    write_world(tmp_path / "personas" / "moons.json")
    write_world(tmp_path / "elsewhere" / "stars.json")
    monkeypatch.chdir(tmp_path / "elsewhere")
    settings = Settings(home=tmp_path)
    opening = decide_opening(Wishes(lorebooks=("moons", "stars.json", "moons"), story_time=0.0), settings=settings)
    assert opening.context.lorebooks == ("moons", str(tmp_path / "elsewhere" / "stars.json"))
    assert opening.context.story_time == 0
    assert opening.notes()["story_time"] == 0
    with pytest.raises(PersonaError, match="No lorebook 'moon': did you mean moons"):
        decide_opening(Wishes(lorebooks=("moon",)), settings=settings)


@pytest.mark.parametrize("greeting", [None, 1, 2])
def test_what_is_shown_is_the_greeting_of_the_prompt(tmp_path, greeting):
    card = {
        "name": "Ivy",
        "first_mes": "Hi {{user}}, {{random:a,b,c,d,e,f,g,h}} {{roll:1000}} <b>now</b>.",
        "alternate_greetings": ["{{char}}: {{pick:1,2,3,4,5,6,7,8,9}} {{// not said}} {{persona}}."],
    }
    path = tmp_path / "ivy.json"
    path.write_text(json.dumps(card))
    opening = decide_opening(Wishes(persona=str(path), name="Ada", greeting=greeting), settings=Settings(home=tmp_path))
    scene = set_scene(opening.persona, opening.context, thread=opening.thread)
    assert opening.greeting_text == scene.greeting
    assert "{{" not in opening.greeting_text
    assert opening.context.greeting == (greeting or 1) - 1
