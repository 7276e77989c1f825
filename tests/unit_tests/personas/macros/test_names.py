import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.personas.macros import substitute


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{char}} greets {{user}}.", "Holmes greets Ada."),
        ("{{CHAR}} {{ User }} <BOT> <user> <Char>", "Holmes Ada Holmes Ada Holmes"),
        ("a{{// a secret}}b{{//}}c", "abc"),
        ("{{random:a,b}} {{unknown}} {char} {{char", "{{random:a,b}} {{unknown}} {char} {{char"),
        ("{{// not closed", "{{// not closed"),
        ("<start> <b>", "<start> <b>"),
    ],
)
def test_names_are_put_in_and_the_rest_is_left(text, expected):
    assert substitute(text, char="Holmes", user="Ada") == expected


def test_a_name_that_looks_like_a_macro_is_not_expanded_again():
    assert substitute("{{user}} and {{char}}", char=r"\g<0>{{user}}", user="{{char}}") == r"{{char}} and \g<0>{{user}}"


@given(st.text(max_size=200))
def test_text_without_macros_is_returned_as_it_is(text):
    if "{{" not in text and "<" not in text:
        assert substitute(text, char="C", user="U") == text
