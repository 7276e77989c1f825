"""Speech: the one step through which text leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.nodes import _speech
from langgraph_roleplay.nodes._speech import Examiner, Speech
from langgraph_roleplay.safety import Policy, SentenceStream

GOOD, BAD = "The rain has stopped at last. ", "As an AI language model, I have no boots. "


@pytest.fixture
def released(monkeypatch):
    return record(monkeypatch)


def record(patch) -> list[str]:
    parts: list[str] = []

    def keep(text: str, *, reply_id: str) -> None:
        parts.append(text)

    patch.setattr(_speech, "release_text", keep)
    return parts


def speech(**others):
    examiner = Examiner(
        character="Sherlock Holmes", user="Ada", language="en", policy=Policy.default(), level="standard"
    )
    return Speech(examiner=examiner, reply_id="r", limit=others.pop("limit", 1000), **others)


def tell(said, *sentences):
    for sentence in sentences:
        said.say(sentence)
    return said


def test_what_is_released_is_what_the_draft_says_to_the_letter(released):
    said = tell(speech(), "One fine day. ", "Two fine days.\n\n", "Three.  ")
    assert "".join(released) == said.draft()["text"] == "One fine day. Two fine days.\n\nThree."


def test_the_first_faulty_sentence_closes_a_reply_that_is_not_held(released):
    said = tell(speech(), GOOD, BAD, "And now the weather. ")
    assert "".join(released) == GOOD.strip()
    assert said.closed
    assert said.draft()["faults"][0].startswith("assistant_talk")


def test_a_sentence_is_judged_together_with_the_one_before_it(released):
    said = tell(speech(), "She is twelve years old. ", "She slowly undresses for him. ")
    assert "".join(released) == "She is twelve years old."
    assert said.draft()["faults"][0].startswith("minor_sexual")


def test_a_held_reply_releases_nothing_and_names_its_faulty_sentences(released):
    said = tell(speech(held=True), GOOD, BAD)
    assert released == []
    assert said.draft()["text"] == (GOOD + BAD).strip()
    assert said.draft()["faulty"] == [BAD.strip()]


def test_a_reply_is_closed_at_the_end_of_the_sentence_that_passes_its_limit(released):
    said = tell(speech(limit=40), GOOD, GOOD.replace("rain", "snow"), "Never said. ")
    assert said.draft()["text"] == (GOOD + GOOD.replace("rain", "snow")).strip()


@pytest.mark.parametrize(
    ("rest", "cut_short", "text"),
    [
        ("And half a sent", True, GOOD.strip()),
        ("And so to bed", False, GOOD + "And so to bed"),
        ("", False, GOOD.strip()),
    ],
)
def test_half_a_sentence_is_dropped_only_if_the_model_was_cut_short(released, rest, cut_short, text):
    said = tell(speech(), GOOD)
    said.end(rest, cut_short=cut_short)
    assert said.draft()["text"] == text


def test_half_a_sentence_is_better_than_silence(released):
    said = speech()
    said.end("I was about to", cut_short=True)
    assert said.draft()["text"] == "I was about to…"


@pytest.mark.parametrize("name", ["Sherlock Holmes: ", "**Sherlock Holmes:** ", " sherlock holmes:"])
def test_the_characters_own_name_before_its_words_is_left_out(released, name):
    assert tell(speech(), name + "Pray sit down.").draft()["text"].strip("* ") == "Pray sit down."


@given(st.lists(st.sampled_from([GOOD, "No. ", "Yes!\n", "天下雨了。", "*He nods.* ", "… "]), max_size=8))
def test_every_draft_begins_with_a_word_and_ends_with_one(sentences):
    with pytest.MonkeyPatch.context() as patch:
        released = record(patch)
        said, stream = speech(), SentenceStream()
        for sentence in sentences:
            tell(said, *stream.feed(sentence))
        said.end(stream.flush(), cut_short=False)
    text = said.draft()["text"]
    assert text == text.strip() == "".join(released)
