"""History: the newest stays, the old leaves in blocks, and no message is empty."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.prompts.budget import ESTIMATE, message_tokens
from langgraph_roleplay.prompts.history import fit_history

_TEXTS = st.text(alphabet="abc 他们。", max_size=400)


def talk(texts):
    return [(HumanMessage, AIMessage)[n % 2](text, id=str(n)) for n, text in enumerate(texts)]


@given(st.lists(_TEXTS.map("x{}".format), max_size=12), st.integers(100, 400))
def test_history_keeps_the_newest_messages_in_order(texts, tokens):
    messages = talk(texts)
    window = fit_history(messages, room=tokens)
    assert window.said == messages[len(messages) - len(window.said) :]
    assert len(window.said) >= min(2, len(messages))
    assert message_tokens(window.shown, ESTIMATE) == window.tokens <= tokens


@given(st.lists(_TEXTS, max_size=12), st.integers(-500, 200))
def test_no_message_of_the_history_is_empty_however_little_room_there_is(texts, room):
    window = fit_history(talk(texts), room=room)
    assert all(message.text.strip() for message in window.shown)
    assert [message.type for message in window.shown] == [message.type for message in window.said]


def test_the_last_exchange_stays_however_long_it_is():
    messages = talk(["word " * 900] * 6)
    assert fit_history(messages, room=200).said == messages[-2:]


def test_a_message_that_comes_by_again_is_not_made_again():
    once, twice = (fit_history(talk(["Good day.", "Good day."]), room=100).shown for _ in range(2))
    assert all(before is after for before, after in zip(once, twice, strict=True))
    assert once[0].id is None


def test_old_history_leaves_in_blocks_so_that_the_prefix_holds():
    messages = talk(["word " * 20] * 120)
    starts = [end - len(fit_history(messages[:end], room=400).said) for end in range(1, 121)]
    cuts = sum(before != after for before, after in itertools.pairwise(starts))
    assert starts == sorted(starts)
    assert starts[-1] > 100
    # Each cut drops 200 tokens, which is eight messages of 26.
    assert cuts <= 15


def test_history_begins_with_a_question_and_not_with_an_answer():
    messages = talk(["word " * 20] * 60)
    for end in range(4, 61, 2):
        kept = fit_history(messages[:end], room=300).said
        assert kept[0].type == "human"
