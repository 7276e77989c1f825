"""History: the newest stays, the old leaves in blocks, and lore stands between messages where it wants to."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.prompts.history import fit_history, insert_at_depth
from langgraph_roleplay.prompts.sections import Piece

_TEXTS = st.text(alphabet="abc 他们。", max_size=400)


def talk(texts):
    return [(HumanMessage, AIMessage)[n % 2](text, id=str(n)) for n, text in enumerate(texts)]


@given(st.lists(_TEXTS, max_size=12), st.integers(0, 200))
def test_history_keeps_the_newest_messages_in_order(texts, tokens):
    messages = talk(texts)
    kept = fit_history(messages, tokens=tokens)
    assert kept == messages[len(messages) - len(kept) :]
    assert len(kept) >= min(2, len(messages))


def test_old_history_leaves_in_blocks_so_that_the_prefix_holds():
    messages = talk(["word " * 20] * 120)
    starts = [end - len(fit_history(messages[:end], tokens=400)) for end in range(1, 121)]
    cuts = sum(before != after for before, after in itertools.pairwise(starts))
    assert starts == sorted(starts)
    assert starts[-1] > 100
    # Each cut drops 200 tokens, which is eight messages of 26.
    assert cuts <= 15


def test_history_begins_with_a_question_and_not_with_an_answer():
    messages = talk(["word " * 20] * 60)
    for end in range(4, 61, 2):
        kept = fit_history(messages[:end], tokens=300)
        assert kept[0].type == "human"


def lore(text, depth, role="system"):
    return Piece(name=text, text=text, source="lorebook", place="at_depth", depth=depth, role=role), text


def test_lore_at_depth_stands_before_the_message_it_names():
    shown = insert_at_depth(
        talk(["a", "b", "c", "d"]), [lore("one", 1), lore("three", 3), lore("too", 3, "assistant")], asked=True
    )
    assert [message.text for message in shown] == ["a", "b", "three", "too", "c", "d", "one"]
    assert [message.type for message in shown][2:4] == ["system", "ai"]


def test_when_no_message_is_asked_the_newest_is_the_last_of_the_history():
    shown = insert_at_depth(talk(["a", "b"]), [lore("one", 1), lore("far", 99)], asked=False)
    assert [message.text for message in shown] == ["far", "a", "one", "b"]
