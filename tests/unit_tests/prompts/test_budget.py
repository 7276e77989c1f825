"""The budgeter: what fits, what is cut, and what stays byte for byte the same."""

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.prompts.budget import Report, estimate_tokens, fit_history, fit_pieces, shorten

_TEXTS = st.text(alphabet="abc 他们。", max_size=400)


@given(_TEXTS, st.integers(5, 100))
def test_a_shortened_text_fits_and_keeps_how_it_begins(text, tokens):
    short = shorten(text, tokens)
    assert estimate_tokens(short) <= max(tokens, 4) + 2
    assert short == text or text.startswith(short.split(" […] ")[0])


@given(st.lists(_TEXTS, max_size=12), st.integers(0, 200))
def test_history_keeps_the_newest_messages_in_order(texts, tokens):
    messages = [(HumanMessage, AIMessage)[n % 2](text, id=str(n)) for n, text in enumerate(texts)]
    kept = fit_history(messages, tokens=tokens)
    assert kept == messages[len(messages) - len(kept) :]
    assert len(kept) >= min(2, len(messages))


def test_history_drops_old_messages_in_blocks_so_that_the_prefix_holds():
    messages = [HumanMessage("word " * 20, id=str(n)) for n in range(60)]
    starts = [len(messages[:end]) - len(fit_history(messages[:end], tokens=300)) for end in range(1, 61)]
    assert all(start % 4 == 0 for start in starts)
    assert len(set(starts)) < 20


def test_pieces_that_do_not_fit_are_left_out_whole_and_reported():
    report = Report()
    kept = fit_pieces([("a", "x" * 40), ("b", "y" * 400), ("c", "z" * 40)], tokens=25, report=report)
    assert kept == ["x" * 40, "z" * 40]
    assert [(note["piece"], note["kept"] > 0) for note in report.notes] == [("a", True), ("b", False), ("c", True)]
