import pytest

from langgraph_roleplay.cli.commands import COMMANDS, Line, UnknownCommand, parse_line


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Good evening.", Line("", "Good evening.")),
        ("  Good evening.  ", Line("", "Good evening.")),
        ("", Line("", "")),
        (" \t ", Line("", "")),
        ("/why", Line("why", "")),
        ("/EDIT  I meant two ", Line("edit", "I meant two")),
        ("/export notes.md", Line("export", "notes.md")),
        ("//etc/hosts is a file", Line("", "/etc/hosts is a file")),
        ("/exit", Line("quit", "")),
        ("/?", Line("help", "")),
        ("and/or", Line("", "and/or")),
    ],
)
def test_a_line_is_words_or_a_command(typed, meant):
    assert parse_line(typed) == meant


@pytest.mark.parametrize(("typed", "nearest"), [("/swip", "/swipe"), ("/undoo", "/undo"), ("/contine", "/continue")])
def test_an_unknown_command_is_told_its_nearest(typed, nearest):
    with pytest.raises(UnknownCommand, match=f"did you mean {nearest}"):
        parse_line(typed)


@pytest.mark.parametrize("typed", ["/me waves", "/", "/xyzzy", "/ hello", "/frobnicate"])
def test_an_unlike_command_is_pointed_to_the_help(typed):
    with pytest.raises(UnknownCommand, match="/help lists"):
        parse_line(typed)


def test_every_command_can_be_typed():
    assert [parse_line(f"/{name}").command for name in COMMANDS] == list(COMMANDS)
