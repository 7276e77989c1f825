from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.memory.ranking.dates import Span, closeness, spans_in

NOW = date(2026, 11, 25)  # a Wednesday


def spans(query, years=(2025,)):
    return [(str(span.first), str(span.last)) for span in spans_in(query, now=NOW, years=years)]


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("on 13 October, 2023", "2023-10-13", "2023-10-13"),
        ("on October 13th, 2023?", "2023-10-13", "2023-10-13"),
        ("on the 8th of December", "2025-12-08", "2025-12-08"),
        ("on December 1,2023 taken", "2023-12-01", "2023-12-01"),
        ("on 2023-10-13", "2023-10-13", "2023-10-13"),
        ("10月13日", "2025-10-13", "2025-10-13"),
        ("2023年10月", "2023-10-01", "2023-10-31"),
        ("in Feb. 2024", "2024-02-01", "2024-02-29"),
        ("what was it in june", "2025-06-01", "2025-06-30"),
        ("in May", "2025-05-01", "2025-05-31"),
        ("back in 2021", "2021-01-01", "2021-12-31"),
        ("today", "2026-11-25", "2026-11-25"),
        ("Yesterday", "2026-11-24", "2026-11-24"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("three days ago", "2026-11-22", "2026-11-22"),
        ("2 weeks ago", "2026-11-08", "2026-11-14"),
        ("last Friday", "2026-11-20", "2026-11-20"),
        ("on Wednesday", "2026-11-18", "2026-11-18"),
    ],
)
def test_a_date_is_read(query, first, last):
    assert spans(query) == [(first, last)]


@pytest.mark.parametrize(
    "query", ["May I ask?", "we may march on", "room 2023x1", "the 13th time", "31 February", "2023-13-45", "at 8:15"]
)
def test_what_only_looks_like_a_date_names_no_day(query):
    assert [span for span in spans(query) if span[0] == span[1]] == []


def test_two_dates_are_two_and_a_date_without_a_year_may_lie_in_each():
    assert len(spans("between August 11 and August 15 2023")) == 2
    assert spans("in July", years=(2024, 2025)) == [("2024-07-01", "2024-07-31"), ("2025-07-01", "2025-07-31")]


def test_a_day_off_counts_less_and_less():
    span = [Span(date(2026, 5, 10), date(2026, 5, 12))]
    days = [closeness(date(2026, 5, 12) + timedelta(days=off), span) for off in (0, 1, 3, 30)]
    assert days[0] == 1
    assert days[2] == 0.25
    assert days == sorted(days, reverse=True)
    assert closeness(date(2026, 5, 11), []) == 0


@given(st.text(max_size=60) | st.from_regex(r"[0-9 A-Za-z年月日,.-]{0,30}"))
def test_any_text_can_be_read(query):
    for span in spans_in(query, now=NOW, years={2025}):
        assert span.first <= span.last
