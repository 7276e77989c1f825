import pytest

from langgraph_roleplay.memory.ranking.cues import asks, bare_query, named


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("How are you?", True),
        ("Really? :)", True),
        ("Like it? [shares a photo of a dog]", True),
        ("你好吗？", True),
        ("Why? Because.", False),
        ("I wonder.", False),
        ("", False),
    ],
)
def test_a_question_is_told_by_its_end(text, question):
    assert asks(text) is question


@pytest.mark.parametrize(
    ("query", "speakers", "found"),
    [
        ("What does Mary like?", {"Mary", "Ben"}, {"Mary"}),
        ("What is Mary's dog called?", {"Mary"}, {"Mary"}),
        ("What does Maryland like?", {"Mary"}, set()),
        ("What does Holmes think?", {"Sherlock Holmes", "Dr. Watson"}, {"Sherlock Holmes"}),
        ("Who is the doctor?", {"The Doctor"}, set()),
        ("what does mary like", {"Mary"}, {"Mary"}),
        ("What will she do?", {"Will"}, set()),
        ("王小明是谁", {"王小明"}, {"王小明"}),
        ("지민이가 뭐라고 했어?", {"지민"}, {"지민"}),
        ("Что сказала Анна?", {"Анна", "Иван"}, {"Анна"}),
        ("What is (a+b)?", {"(a+b)", "a+"}, {"(a+b)"}),
        ("", {"Mary"}, set()),
    ],
)
def test_speakers_are_found_by_name(query, speakers, found):
    assert named(query, speakers) == found


@pytest.mark.parametrize(
    ("query", "speakers", "bare"),
    [
        ("What is Mary's dog called?", {"Mary"}, "What is dog called?"),
        ("Did Mary ask Ben Miller?", {"Mary", "Ben Miller"}, "Did ask ?"),
        ("王小明是谁", {"王小明"}, "是谁"),
        ("Mary?", {"Mary"}, "Mary?"),
        ("Who was it?", set(), "Who was it?"),
    ],
)
def test_a_query_is_bared_of_names_unless_nothing_is_left(query, speakers, bare):
    assert bare_query(query, speakers) == bare
