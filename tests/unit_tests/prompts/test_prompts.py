"""Prompts: each renders with the variables that it declares, and a hole in one is loud."""

import pytest

from langgraph_roleplay.prompts import prompt_names, render, variables_of


@pytest.mark.parametrize("name", prompt_names())
def test_every_prompt_renders_with_its_declared_variables_and_leaves_nothing_open(name):
    text = render(name, **{variable: f"<{variable}>" for variable in variables_of(name)})
    assert "$" not in text
    assert all(f"<{variable}>" in text for variable in variables_of(name))


def test_a_missing_variable_is_named():
    with pytest.raises(KeyError, match=r"'char', 'language', 'user'.*got \['char'\]"):
        render("rules", char="Alice")


def test_what_a_user_writes_is_never_expanded():
    assert "$char {user} {{char}}" in render("note_memory", char="Alice", memories="$char {user} {{char}}")
