import json

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.users import Arrival, UserLibrary, UserPersona, read_export

EXPORT = {
    "personas": {"a.png": "Ada", "b.png": "Bob", "c.png": "Cy", "d.png": "Di"},
    "persona_descriptions": {
        "a.png": {"description": "{{user}} fears {{char}}, {{random:a,b}}.", "position": 0, "depth": 2},
        "b.png": {"position": 0},
        "c.png": "only words",
    },
    "default_persona": "a.png",
}
ARRIVALS = (
    Arrival("Ada", "Ada fears {{char}}, {{random:a,b}}."),
    Arrival("Bob", ""),
    Arrival("Cy", "only words"),
    Arrival("Di", ""),
)


@pytest.mark.parametrize("data", [EXPORT, {"power_user": EXPORT, "personas": None}], ids=["backup", "settings"])
def test_everybody_of_an_export_arrives_with_name_and_description(data):
    assert read_export(json.dumps(data).encode(), label="x.json") == ARRIVALS


def test_an_export_with_a_byte_order_mark_is_read():
    assert read_export(b"\xef\xbb\xbf" + json.dumps(EXPORT).encode(), label="x.json") == ARRIVALS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "personas: expected"),
        (b'{"personas": []}', "personas: expected"),
        (json.dumps({"personas": {str(n): "x" for n in range(1001)}}).encode(), "more than 1,000"),
    ],
    ids=["half", "bytes", "deep", "list", "wrong type", "too many"],
)
def test_what_is_no_export_is_refused_in_a_sentence(content, said):
    with pytest.raises(PersonaError, match=said) as caught:
        read_export(content, label="x.json")
    assert str(caught.value).startswith("x.json: ")


def test_those_that_can_be_kept_are_and_the_others_say_why(tmp_path):
    people = [("Ada", "one"), ("", "nameless"), ("Ada", "one"), ("Ada", "two")]
    outcomes = list(UserLibrary(tmp_path).add_all(people))
    assert [outcome.id if isinstance(outcome, UserPersona) else None for outcome in outcomes] == [
        "ada",
        None,
        None,
        "ada-2",
    ]
    assert "already" in str(outcomes[2])
