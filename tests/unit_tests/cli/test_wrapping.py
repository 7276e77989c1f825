import re

from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.cli.wrapping import Wrapper

WORDS = st.lists(st.text(st.sampled_from("abc"), min_size=1, max_size=8), min_size=1, max_size=30)


@given(words=WORDS, cut=st.integers(0, 100))
def test_no_line_is_longer_than_the_terminal_and_no_word_is_lost(words, cut):
    text = " ".join(words)
    wrapper = Wrapper(20)
    shown = wrapper.feed(text[:cut]) + wrapper.feed(text[cut:])
    assert "".join(shown.split()) == "".join(words)
    assert all(len(line) <= 20 for line in shown.split("\n")) or cut < len(text)


def test_breaks_stand_where_spaces_were():
    assert Wrapper(10).feed("elementary my dear") == "elementary\nmy dear"


def test_the_first_part_may_begin_in_the_middle_of_a_line():
    assert Wrapper(10, column=7).feed("my dear") == "my\ndear"


def test_own_line_breaks_are_kept():
    assert Wrapper(10).feed("a\n\nb c") == "a\n\nb c"


def test_text_without_spaces_is_left_to_the_terminal():
    assert re.sub(r"\n", "", Wrapper(10).feed("天地玄黄宇宙洪荒日月盈昃")) == "天地玄黄宇宙洪荒日月盈昃"
