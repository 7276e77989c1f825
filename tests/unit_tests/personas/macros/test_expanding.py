import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.personas.macros import MacroScene, expand, for_scan

SCENE = MacroScene(
    char="Holmes",
    user="Ada",
    persona="A sailor.",
    description="A detective.",
    personality="Cold.",
    scenario="London.",
    examples="Holmes: Elementary.",
    original="Our rules.",
    last_message="the last",
    last_user_message="the user's last",
    last_char_message="the character's last",
    outlets={"Weather": "Fog."},
    now=datetime(2026, 11, 3, 16, 5, 9, tzinfo=UTC),
    idle=timedelta(minutes=5),
    seed="thread-1",
)


def told(text, **changed):
    return expand(text, macros=MacroScene(**({"char": "Holmes", "user": "Ada", "seed": "thread-1"} | changed)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{char}} {{USER}} {{ User }} <BOT> <user> <Char>", "Holmes Ada Ada Holmes Ada Holmes"),
        ("{{persona}} {{description}} {{personality}} {{scenario}}", "A sailor. A detective. Cold. London."),
        ("{{mesExamples}} {{original}}", "Holmes: Elementary. Our rules."),
        ("{{lastMessage}}, {{last_message}}", "the last, the last"),
        ("{{lastUserMessage}}, {{lastCharMessage}}", "the user's last, the character's last"),
        ("{{group}} {{charIfNotGroup}} <GROUP> {{groupNotMuted}}", "Holmes Holmes Holmes Holmes"),
        ("a{{// {{char}} knows }}b{{//}}c{{comment: note}}d{{hidden_key:key}}e", "abcde"),
        ("{{reverse:abc}} {{reverse: e\u0301a }}", "cba ae\u0301"),
        ("a{{newline}}b{{noop}}c", "a\nbc"),
        ("a\n\r\n{{trim}}\n\n b {{ trim }}", "a b "),
        ("a{{newline}}{{trim}}b", "a\nb"),
        ("{{time}} | {{date}} | {{weekday}}", "4:05 PM | November 3, 2026 | Tuesday"),
        ("{{isotime}} {{isodate}}", "16:05 2026-11-03"),
        ("{{datetimeformat DD.MM.YYYY [at] HH:mm}}", "03.11.2026 at 16:05"),
        ("{{datetimeformat::ddd Do MMM YY, h a}}", "Tue 3rd Nov 26, 4 pm"),
        ("{{time_UTC-5}} {{time_UTC+2}} {{time::UTC+2}}", "11:05 AM 6:05 PM 6:05 PM"),
        ("{{time_UTC+15}}", ""),
        ("{{idle_duration}} {{idleDuration}}", "5 minutes 5 minutes"),
        ("{{timeDiff::2024-01-01::2024-01-03}}", "2 days ago"),
        ("{{timeDiff::2024-01-01T05:00:00Z::2024-01-01T04:00:00}}", "in an hour"),
        ("{{timeDiff::soon::2024-01-03}}{{timeDiff::2024-01-01}}", ""),
        ("{{outlet::Weather}} {{outlet::Nothing}}", "Fog. "),
        ('{{banned "moist"}}{{bias "x"}}{{summary}}{{input}}{{creatorNotes}}', ""),
        ("{{setvar::a::b}}{{addvar::a::1}}{{incvar::a}}{{decvar::a}}{{getvar::a}}{{getglobalvar::a}}", ""),
    ],
)
def test_known_macros_say_what_they_stand_for(text, expected):
    assert expand(text, macros=SCENE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{unknown}} {{char:x}} {{characters}} {{}} {{ }} {{random}} {{if x}}y{{/if}} {{img::a.png}}",
        "{{random thoughts}} {{pick me}}",
        "{{char {user}} {char} {{char",
        "}}{{",
        "<START> <b> <3 < user >",
        "{{time_UTC",
    ],
)
def test_what_is_no_known_macro_stays_as_it_is(text):
    assert expand(text, macros=SCENE) == text


def test_inside_an_unknown_macro_the_known_ones_are_expanded():
    assert told("{{unknown::{{char}}}} {{{char}}}") == "{{unknown::Holmes}} {Holmes}"


@pytest.mark.parametrize("text", ["{{user}}", "{{reverse:{{reverse:{{user}}}}}}", "<USER>", "{{random:{{user}}}}"])
def test_a_name_that_looks_like_macros_and_lists_is_not_read_again(text):
    name = "{{char}},b::<BOT>\\,{{roll:6}}"
    assert told(text, user=name) == name


def test_what_users_and_other_fields_say_is_put_in_unread():
    scene = {"last_message": "{{char}} <BOT>", "persona": "{{persona}}{{user}}", "description": "{{description}}"}
    assert told("{{lastMessage}}|{{persona}}|{{description}}", **scene) == (
        "{{char}} <BOT>|{{persona}}{{user}}|{{description}}"
    )


def test_halves_of_a_macro_that_meet_are_not_joined():
    assert told("{{noop}}{{{noop}}{char}}") == "{{char}}"
    assert told("{{user}}char}}", user="{{") == "{{char}}"


@given(st.text(alphabet="{}:,ab\\<>/ \n", max_size=60))
def test_any_braces_are_read_without_an_error(text):
    assert told(text) == told(text)


@given(st.text(max_size=200))
def test_prose_without_braces_is_returned_as_it_is(text):
    if "{{" not in text and "<" not in text:
        assert told(text) == text


@given(st.text(max_size=40))
def test_names_of_any_kind_arrive_whole(name):
    assert told("{{user}}/{{random::{{user}}}}", user=name) == f"{name}/{name.strip()}"


def test_a_group_is_named_whole():
    assert told("{{group}} / {{charIfNotGroup}}", group=("Holmes", "Watson")) == "Holmes, Watson / Holmes, Watson"


def test_without_a_now_the_macros_of_time_vanish():
    assert told("{{time}}{{date}}{{weekday}}{{isotime}}{{datetimeformat HH}}{{time_UTC+1}}") == ""
    assert told("{{idle_duration}}") == "just now"


def test_a_now_without_a_time_zone_is_utc():
    assert told("{{isotime}} {{time_UTC+1}}", now=datetime(2026, 1, 2, 23, 30)) == "23:30 12:30 AM"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (60, "a minute"),
        (44 * 60, "44 minutes"),
        (50 * 60, "an hour"),
        (21 * 3600, "21 hours"),
        (24 * 3600, "a day"),
        (25 * 86400, "25 days"),
        (30 * 86400, "a month"),
        (200 * 86400, "7 months"),
        (400 * 86400, "a year"),
        (1000 * 86400, "3 years"),
    ],
)
def test_durations_are_said_in_the_unit_that_fits(seconds, words):
    assert told("{{idle_duration}}", idle=timedelta(seconds=seconds)) == words


def test_a_hidden_key_is_found_by_a_scan_and_a_comment_is_not():
    text = "{{char}} {{hidden_key: violin }}{{// bow}}{{comment: string}} {{random:a,b}}"
    scene = MacroScene(char="Holmes", user="Ada", seed="s")
    chosen = expand("{{char}} {{hidden_key: violin }}{{// bow}}{{comment: string}} {{random:a,b}}", macros=scene)[-1]
    assert for_scan(text, macros=scene) == f"Holmes violin {chosen}"


def test_macros_are_expanded_eight_levels_deep_and_no_deeper():
    def nested(depth):
        return "{{reverse:" * depth + "ab" + "}}" * depth

    assert told(nested(8)) == "ab"
    assert "{{reverse:ab}}" in told("{{noop::" * 8 + "{{reverse:ab}}" + "}}" * 8)


def test_what_macros_put_in_is_bounded():
    assert len(told("{{persona}}" * 10_000, persona="x" * 8000)) == 200_000
    assert len(told("{{char}}" * 10_000, char="x" * 1_000_000)) == 200_000


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 200_000,
        "{{char " * 100_000,
        "}}" * 200_000,
        "{{reverse:" * 30_000 + "}}" * 30_000,
        "{{" + " " * 400_000 + "}}",
        "{{random:" + "," * 300_000 + "}}",
        "{{random:" + "\\," * 200_000 + "}}",
        "{{// " * 100_000,
        "\n{{trim}}" * 30_000,
        "{{pick:a,b}}" * 10_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_costs_time_in_proportion_to_its_length(text):
    begun = time.process_time()
    told(text)
    whole = time.process_time() - begun
    assert whole < 2
