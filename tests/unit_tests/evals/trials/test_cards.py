"""A small share of the trial of damaged cards; the whole is 10,000, in child processes that are measured."""

import itertools

import pytest

from langgraph_roleplay.evals.trials.card_corpus import containers, profiles
from langgraph_roleplay.evals.trials.card_mutations import mutants
from langgraph_roleplay.evals.trials.card_return import fault_of_return
from langgraph_roleplay.evals.trials.cards import try_card, whole_files, write_mutant
from langgraph_roleplay.personas import Persona, load_persona
from langgraph_roleplay.personas.card import Lorebook, LoreEntry


@pytest.fixture(scope="module")
def whole(shared_data):
    made = itertools.islice(profiles(shared_data).items(), 0, None, 12)
    return {f"{name}.{kind}": content for name, card in made for kind, content in containers(card).items()}


def test_damaged_cards_load_or_give_one_clear_error(tmp_path, whole):
    tried = []
    for way, content in mutants(whole, 150, seed=7):
        tried.append((way, try_card(write_mutant(tmp_path, way, content))))
    assert [(way, outcome.says) for way, outcome in tried if not outcome.is_clear] == []
    assert [(way, outcome.busy) for way, outcome in tried if outcome.busy > 1] == []
    assert 30 < sum(outcome.loaded for _, outcome in tried) < 120


def test_the_same_seed_damages_the_same_way(whole):
    first, again = (list(mutants(whole, 14, seed=3)) for _ in range(2))
    assert first == again != list(mutants(whole, 14, seed=4))


def test_the_corpus_is_the_real_cards_and_48_profiles_in_every_container(shared_data):
    files = whole_files(shared_data)
    assert len(files) >= 48 * 7 + 1
    assert {name.split(".", 1)[1] for name in files if name.startswith("profile")} == {
        "json",
        "png",
        "charx",
        "jpg",
        "zTXt.png",
        "iTXt.png",
        "iTXt-packed.png",
    }
    assert all(load_persona(content).name for content in files.values())


def deep(depth):
    return [deep(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (Persona(name="Ada"), ""),
        (Lorebook(), ""),
        (Lorebook(extensions={"x": float("inf")}), ""),
        (
            Persona(name="Ada", extensions={"x": deep(70)}),
            "We refuse what we wrote: again.json: data.extensions: nested",
        ),
        (Lorebook(extensions={"x": deep(70)}), "We refuse what we wrote: again.json: data.extensions: nested"),
        (Lorebook(entries=(LoreEntry(id=5), LoreEntry(id=5))), "world.json: came back as another."),
    ],
)
def test_what_does_not_come_back_from_our_own_file_is_a_fault(tmp_path, found, fault):
    assert fault_of_return(found, tmp_path)[:50] == fault[:50]
