"""Dates in place of what is said with `yesterday`."""

from datetime import UTC, datetime

import pytest

from langgraph_roleplay.memory.distilling.saying_when import dated, foreign_dates

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna left yesterday.", "Anna left on 2026-11-22."),
        ("Anna leaves the day after tomorrow.", "Anna leaves on 2026-11-25."),
        ("Anna left two weeks ago.", "Anna left on 2026-11-09."),
        ("Anna left last Friday.", "Anna left on 2026-11-20."),
        ("Anna leaves next Monday.", "Anna leaves on 2026-11-30."),
        ("Anna left last month.", "Anna left in 2026-10."),
        ("Anna left last week.", "Anna left in the week of 2026-11-16."),
        ("Anna leaves next year.", "Anna leaves in 2027."),
        ("Anna est partie hier.", "Anna est partie on 2026-11-22."),
        ("安娜昨天走了。", "安娜2026-11-22走了。"),
        ("Anna likes the daily news.", "Anna likes the daily news."),
    ],
)
def test_a_day_is_named_by_its_date(text, expected):
    assert dated(text, MONDAY) == expected


@pytest.mark.parametrize(
    ("fact", "said", "foreign"),
    [
        ("Anna left on 2026-11-22.", "I left yesterday.", []),
        ("Anna left on 2026-11-18.", "I left last week.", []),
        ("Anna left on 2026-11-22.", "I left.", ["2026-11-22"]),
        ("Anna left on 2024-02-01.", "I left yesterday.", ["2024-02-01"]),
        ("Anna left on 2026-13-45.", "I left yesterday.", ["2026-13-45"]),
        ("Anna left on 2019-05-02.", "I left on 2019-05-02.", []),
    ],
)
def test_a_date_that_nobody_meant_is_found(fact, said, foreign):
    assert foreign_dates(fact, [(said, MONDAY)]) == foreign
