import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.safety.sentences import SentenceStream, split_sentences

TEXT = st.text(st.sampled_from('aB .!?…"”」。！？\n,，Mr0*)é你 I'), max_size=900)


def stripped(text):
    return [sentence.strip() for sentence in split_sentences(text)]


@given(TEXT, st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_nothing_is_lost_and_cuts_do_not_depend_on_how_the_text_comes(text, sizes):
    stream, given_back, place, turn = SentenceStream(), [], 0, 0
    while place < len(text):
        size = sizes[turn % len(sizes)]
        given_back += stream.feed(text[place : place + size])
        place, turn = place + size, turn + 1
    rest = stream.flush()
    assert "".join(given_back) + rest == text
    assert given_back + ([rest] if rest else []) == split_sentences(text)
    assert stream.flush() == ""


@given(st.text(max_size=2000))
def test_no_sentence_runs_on_for_ever(text):
    assert all(len(sentence.strip()) <= 345 for sentence in split_sentences(text) if "\n" not in sentence.strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Come in. Sit down.", ["Come in.", "Sit down."]),
        ("Mr. Holmes saw Dr. Watson. He nodded.", ["Mr. Holmes saw Dr. Watson.", "He nodded."]),
        ("J. H. Watson wrote it. I read it.", ["J. H. Watson wrote it.", "I read it."]),
        ("Bring tea, e.g. Earl Grey. Now.", ["Bring tea, e.g. Earl Grey.", "Now."]),
        ("It cost 3.50 in all. Cheap!", ["It cost 3.50 in all.", "Cheap!"]),
        ("Well... perhaps. No.", ["Well... perhaps.", "No."]),
        ("Ah… The fog. Yes.", ["Ah…", "The fog.", "Yes."]),
        ('"Stop!" he cried. "Why?" She ran.', ['"Stop!" he cried.', '"Why?"', "She ran."]),
        ("She said, “Go.” He went.", ["She said, “Go.”", "He went."]),
        ("*He bows.* Good evening.", ["*He bows.*", "Good evening."]),
        ("No. I will not.", ["No.", "I will not."]),
        ("See No. 5 first. Then go.", ["See No. 5 first.", "Then go."]),
        ("What?! Never!", ["What?!", "Never!"]),
        ("俺来也！你是谁？", ["俺来也！", "你是谁？"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("「来了。」他笑。", ["「来了。」", "他笑。"]),
        ("One line\nAnother line", ["One line", "Another line"]),
        ("1. First do this. 2. Then that.", ["1. First do this.", "2. Then that."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert stripped(text) == expected


def test_a_sentence_is_given_as_soon_as_the_next_word_begins():
    stream = SentenceStream()
    assert stream.feed("Come in.") == []
    assert stream.feed(" ") == []
    assert stream.feed("Sit") == ["Come in."]
    assert stream.flush() == " Sit"


def test_a_runaway_is_cut_at_a_clause_or_a_space():
    clause = split_sentences(("word " * 50 + "here, ") + "word " * 100)
    assert clause[0].endswith("here,")
    assert all(len(piece) <= 301 for piece in split_sentences("word " * 400))
    assert [len(piece) for piece in split_sentences("x" * 700)] == [300, 300, 100]


def test_a_huge_text_is_split_in_linear_time():
    start = time.process_time()
    assert len(split_sentences("Yes. No, " * 30_000)) > 1000
    assert time.process_time() - start < 3
