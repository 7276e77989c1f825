import json

import pytest
import typer

from langgraph_roleplay import PersonaError, Settings
from langgraph_roleplay.cli.opening import Wishes, decide_opening


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
    ],
)
def test_a_value_out_of_bounds_names_its_option(tmp_path, wishes, option):
    with pytest.raises(typer.BadParameter) as raised:
        decide_opening(wishes, settings=Settings(home=tmp_path))
    assert raised.value.param_hint == option
    assert len(raised.value.message) < 200


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
