"""LoCoMo as memories and questions: each turn a memory, each question a recall with the turns that answer it.

Maharana et al. 2024, "Evaluating Very Long-Term Conversational Memory of LLM Agents"; CC BY-NC 4.0, so it is read
where it lies and never copied.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["ADVERSARIAL", "Conversation", "Question", "Turn", "read_locomo"]

ADVERSARIAL = 5
"""Category of questions that the conversation does not answer; 1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop."""


class Turn(NamedTuple):
    """What was said once, with the caption of a photo that was shared."""

    id: str
    speaker: str
    text: str
    at: datetime
    session: str


class Question(NamedTuple):
    """A question and the ids of the turns that it is about."""

    text: str
    category: int
    evidence: frozenset[str]


class Conversation(NamedTuple):
    """A conversation of many sessions."""

    name: str
    turns: list[Turn]
    questions: list[Question]


def read_locomo(file: Path) -> list[Conversation]:
    """Conversations of a file; evidence that names no turn is dropped, and questions that have none left."""
    return [_conversation(entry) for entry in json.loads(file.read_text(encoding="utf-8"))]


def _conversation(entry: dict[str, Any]) -> Conversation:
    turns = list(_turns(entry["conversation"]))
    known = {turn.id for turn in turns}
    asked = [Question(one["question"], one["category"], frozenset(one["evidence"]) & known) for one in entry["qa"]]
    return Conversation(entry["sample_id"], turns, [question for question in asked if question.evidence])


def _turns(conversation: dict[str, Any]) -> Iterator[Turn]:
    numbers = [found.group(1) for key in conversation if (found := re.fullmatch(r"session_(\d+)", key))]
    for number in sorted(numbers, key=int):
        at = datetime.strptime(conversation[f"session_{number}_date_time"], "%I:%M %p on %d %B, %Y")
        for said in conversation[f"session_{number}"]:
            caption = f" [shares {said['blip_caption']}]" if said.get("blip_caption") else ""
            yield Turn(said["dia_id"], said["speaker"], said["text"] + caption, at.replace(tzinfo=UTC), number)
