"""The one step through which text leaves: whole sentences, checked, under the id of the final message.

What was released is never taken back. The model calls themselves carry `nostream`, so a client sees what passes
here and nothing of plans, drafts or critiques.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage
from langgraph.graph.message import push_message

from langgraph_roleplay.context import SafetyLevel
from langgraph_roleplay.safety import Fault, Policy, find_faults, split_sentences, strip_name
from langgraph_roleplay.state import Draft, State
from langgraph_roleplay.turn import OWN, note_event, own_last_words

__all__ = ["Examiner", "Speech", "keep_heard", "lead_of", "release_text", "spoken_message"]

_CLOSING_MARK = "…"


def release_text(text: str, *, reply_id: str) -> None:
    """Send `text` to the clients as the next part of the reply."""
    if text:
        push_message(AIMessageChunk(content=text, id=reply_id), state_key=None)


def spoken_message(state: State, text: str) -> list[AnyMessage]:
    """The reply as the conversation keeps it: a message of its own, or the last one carried on."""
    carried = own_last_words(state)
    if carried is not None:
        return [carried.model_copy(update={"content": carried.text + text})]
    return [AIMessage(text, id=state["reply_id"], additional_kwargs={OWN: True})]


def keep_heard(state: State, heard: str) -> dict[str, Any]:
    """What the state takes up, in the place of `check_reply`, of a reply that was broken off.

    Args:
        state: where the turn stood.
        heard: what its last listener heard. If that resumed the turn after an interrupt, the words from before it are
            in the draft alone.
    """
    draft = state["draft"]["text"]
    before, found, _ = draft.partition(heard)
    text = before + heard if found else heard if heard.startswith(draft) else draft + heard
    event = note_event("check_reply", "broken off: what was heard until then is kept", kind="degraded")
    return {"messages": spoken_message(state, text), "reply": text.strip(), "events": event}


def lead_of(state: State) -> str:
    """What stands between the words that are carried on, if any, and the new ones."""
    return " " if own_last_words(state) else ""


@dataclass(frozen=True)
class Examiner:
    """The deterministic checks on what is about to be said: by the policy, and for staying in character."""

    character: str
    user: str
    language: str
    policy: Policy
    level: SafetyLevel
    minor: bool = False
    """Whether the character is a child."""
    secrets: Sequence[str] = ()
    previous: Sequence[str] = ()

    def faults(self, text: str, *, said: str = "") -> list[Fault]:
        """What is wrong with `text`, given what was `said` before it in the same reply."""
        # Together with the sentence before it, because who is meant may stand there.
        before = "".join(split_sentences(said)[-1:])
        verdict = self.policy.check_reply(before + text, level=self.level, minor=self.minor)
        blocked = [Fault(rule=verdict.rule, quote=text.strip()[:80], reason=verdict.reason)] if verdict else []
        return blocked + find_faults(
            text,
            character=self.character,
            user=self.user,
            prompt=self.secrets,
            previous=[*self.previous, said] if said else self.previous,
            language=self.language,
        )


@dataclass
class Speech:
    """A reply being said: sentences come in; those that pass go out, or wait when the draft is `held`.

    A held draft (`deep`) keeps its faulty sentences for reflection to judge. Elsewhere the first faulty sentence
    is cut and the reply closed there.
    """

    examiner: Examiner
    reply_id: str
    limit: int
    """Characters after which the reply is closed at the next sentence's end."""
    lead: str = ""
    """What the reply begins with before its first word."""
    held: bool = False
    text: str = ""
    faulty: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    closed: bool = False

    def say(self, sentence: str) -> None:
        """Take up one sentence with the white space around it."""
        if self.closed:
            return
        words = sentence if self.text else self.lead + self._opening(sentence)
        found = self.examiner.faults(words, said=self.text)
        self.faults += [f"{fault.rule}: {fault.reason}" for fault in found]
        if found and not self.held:
            self.closed = True
            return
        if found:
            self.faulty.append(words.strip())
        self._add(words)
        self.closed = len(self.text) >= self.limit

    def end(self, rest: str, *, cut_short: bool) -> None:
        """Take up what the model left after its last whole sentence; half a sentence is dropped if it can be."""
        if self.text and cut_short:
            return
        self.say(rest.rstrip() + (_CLOSING_MARK if rest.strip() and cut_short else ""))

    def draft(self) -> Draft:
        """What has been said so far, as the state keeps it."""
        return {"text": self.text.rstrip(), "faulty": self.faulty, "faults": self.faults, "held": self.held}

    def _opening(self, sentence: str) -> str:
        return strip_name(sentence, character=self.examiner.character).lstrip()

    def _add(self, words: str) -> None:
        before = len(self.text.rstrip())
        self.text += words
        if not self.held:
            # White space at the end waits for the next sentence: the final message doesn't end in it.
            release_text(self.text.rstrip()[before:], reply_id=self.reply_id)
