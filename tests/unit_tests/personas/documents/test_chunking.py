"""Passages: where documents are cut."""

import time

from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.personas.documents import Document, Section, chunk


def sentences(count, start=0):
    return " ".join(
        f"Sentence number {number} tells of the grey harbour town." for number in range(start, start + count)
    )


def document(*texts):
    return Document("Harbour", tuple(Section(f"Chapter {n}", text, float(n)) for n, text in enumerate(texts, 1)))


def test_a_passage_never_goes_across_chapters_and_carries_its_heading_and_time():
    passages = chunk(document(sentences(40), sentences(40, 100)))
    assert {(passage.heading, passage.story_time, passage.section) for passage in passages} == {
        ("Chapter 1", 1.0, 0),
        ("Chapter 2", 2.0, 1),
    }
    assert not any("number 39 " in passage.text and "number 100 " in passage.text for passage in passages)


def test_passages_have_a_readable_size_and_end_with_sentences():
    passages = chunk(document("\n\n".join(sentences(7, 7 * place) for place in range(30))))
    lengths = [len(passage.text.split()) for passage in passages]
    assert max(lengths) <= 200
    assert all(length >= 120 for length in lengths[:-1])
    assert all(passage.text.endswith(".") for passage in passages)


def test_the_next_passage_begins_with_the_last_sentence_of_the_one_before():
    first, second, *_ = chunk(document(sentences(60)), overlap=20)
    assert first.text.rpartition(". ")[2] in second.text.partition(".")[0] + "." + second.text


def test_chinese_is_cut_at_its_sentences():
    passages = chunk(document("那天下午雾从河上升起来。" * 80))
    assert len(passages) > 1
    assert all(passage.text.endswith("。") for passage in passages)


def test_a_text_without_sentences_is_cut_nevertheless():
    passages = chunk(document("word " * 2000))
    assert len(passages) > 8
    assert max(len(passage.text.split()) for passage in passages) <= 200


def test_sentences_of_one_sign_are_cut_as_fast_as_others():
    start = time.monotonic()
    assert len(chunk(document("。" * 100_000), size=5_000)) > 10
    assert time.monotonic() - start < 3


@given(st.text(alphabet="ab.!? \n河。A", max_size=400), st.integers(5, 50))
def test_every_word_is_in_some_passage(text, size):
    passages = chunk(document(text), size=size, overlap=0)
    assert "".join("".join(passage.text for passage in passages).split()) == "".join(text.split())
