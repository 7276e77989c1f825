"""Chapters of plain texts, told by their headings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.personas.documents.chapters import divide
from langgraph_roleplay.personas.documents.numerals import read_numeral

BODY = "It rained all day, and nobody came to the house by the river. " * 8


def book(*headings, body=BODY):
    return "\n\n".join(f"{heading}\n\n{body}" for heading in headings)


def times(text):
    return [section.story_time for section in divide(text) if section.heading]


@pytest.mark.parametrize(
    "headings",
    [
        ["Chapter 1", "Chapter 2", "Chapter 3"],
        ["CHAPTER I.", "CHAPTER II.", "CHAPTER III."],
        ["Chapter One: The Fog", "Chapter Two: The Boat", "Chapter Three: The End"],
        ["I.", "II.", "III."],
        ["1. THE FOG", "2. THE BOAT", "3. THE END"],
        ["第一章 雾", "第二章 船", "第三章 终"],
        ["第1話", "第2話", "第3話"],
        ["# Chapter 1", "# Chapter 2", "## Chapter 3"],
        ["Kapitel 1", "Kapitel 2", "Kapitel 3"],
        ["ADVENTURE I. A SCANDAL", "ADVENTURE II. THE LEAGUE", "III. THE ADVENTURE OF THE BAND"],
    ],
)
def test_the_number_of_a_chapter_is_its_story_time(headings):
    assert times(book(*headings)) == [1.0, 2.0, 3.0]


def test_a_book_that_begins_in_the_middle_keeps_its_numbers():
    assert times(book("Chapter 7", "Chapter 8")) == [7.0, 8.0]


def test_numbers_that_begin_anew_count_on():
    parts = ["Chapter 1", "Chapter 2", "Chapter 1", "Chapter 2", "Chapter 3"]
    assert times("PART I\n\n" + book(*parts)) == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_table_of_contents_is_no_chapter():
    contents = "\n".join(f"CHAPTER {number}. The Fog" for number in ("I", "II", "III"))
    sections = divide(f"{contents}\n\n{book('CHAPTER I. The Fog', 'CHAPTER II. The Fog', 'CHAPTER III. The Fog')}")
    assert [section.story_time for section in sections if section.heading] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "line", ["I. was late for tea and said so, to nobody.", "Chapter 3 was the worst of them, she said.", "Mr. V.", "I"]
)
def test_a_sentence_is_no_heading(line):
    assert times(f"{BODY}\n\n{line}\n\n{BODY}") == []


def test_what_stands_before_the_first_chapter_is_known_all_along():
    before, first = divide(f"A preface.\n\n{book('Chapter 1')}")
    assert (before.text, before.story_time) == ("A preface.", None)
    assert (first.heading, first.story_time) == ("Chapter 1", 1.0)


def test_smaller_numbers_within_a_chapter_are_no_chapters():
    assert times(book("ADVENTURE I. FOG", "I.", "II.", "ADVENTURE II. BOAT")) == [1.0, 2.0]


@given(st.lists(st.sampled_from(["Chapter 1", "Chapter 2", "II.", "Part 1", "第三章", BODY, ""]), max_size=12))
def test_story_time_never_goes_back_and_no_text_is_lost(lines):
    text = "\n\n".join(lines)
    sections = divide(text)
    known = [section.story_time for section in sections if section.story_time is not None]
    assert known == sorted(known)
    told = " ".join(f"{section.heading} {section.text}" for section in sections).split()
    assert sorted(told) == sorted(text.split())


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(
            ("7", 7),
            ("XIV", 14),
            ("xliv", 44),
            ("twenty-one", 21),
            ("三", 3),
            ("二十三", 23),
            ("一百零五", 105),
            ("十", 10),
        ),
        *(("IVIV", None), ("IIII", 4), ("0", None), ("", None), ("boat", None)),
    ],
)
def test_numbers_are_read_as_books_write_them(written, number):
    assert read_numeral(written) == number
