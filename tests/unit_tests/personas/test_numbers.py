import json

import pytest

from langgraph_roleplay.personas.numbers import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (" -3 ", -3), ("2.0", 2), ("2.5", 2.5), ("1e3", 1000), ("9" * 15, int("9" * 15)), ("1e300", 1e300)],
)
def test_a_text_is_read_as_the_number_it_says(text, number):
    read = read_number(text)
    assert (read, type(read)) == (number, type(number))
    assert json.loads(json.dumps(read, allow_nan=False)) == read


@pytest.mark.parametrize("text", ["", "x", "1,5", "nan", "NaN", "inf", "-Infinity", "1e999", "1" * 5_000])
def test_what_json_cannot_write_is_no_number(text):
    assert read_number(text) is None
