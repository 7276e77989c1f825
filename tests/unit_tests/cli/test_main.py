import pytest

from langgraph_roleplay.cli import _leave


def test_an_error_that_quotes_a_card_does_not_steer_the_terminal(capsys):
    with pytest.raises(SystemExit) as left:
        _leave("No document stands behind Eve\x1b]0;owned\x07\u202e.")
    assert left.value.code == 1
    assert capsys.readouterr().err == "roleplay: No document stands behind Eve]0;owned.\n"
