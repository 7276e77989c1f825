"""Trust: which cards may give the character instructions, because the operator has read them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import portalocker
from pydantic import TypeAdapter, ValidationError

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.writing import write_whole
from langgraph_roleplay.settings import Settings, make_private

__all__ = ["TrustedCard", "TrustedCards", "is_trusted", "orders_of"]

_PATIENCE = 10.0
"""Seconds that another process may take to note its card."""


@dataclass(frozen=True)
class TrustedCard:
    """A card that may give instructions, as it was when the operator read it."""

    hash: str
    """`Persona.hash`, for people."""
    digest: str
    """`Persona.digest`, which decides: twelve digits can be met by somebody who tries for a day."""
    id: str
    name: str
    date: str
    """When it was allowed, ISO 8601 in UTC."""


_Cards = TypeAdapter(list[TrustedCard])


class TrustedCards:
    """The cards that the operator trusts, kept in one small file.

    An edited card is another card: it is not trusted until it has been read again. Reading is short but blocks:
    call it from a thread in async code.
    """

    def __init__(self, path: Path) -> None:
        """Keep them in `path`, which need not be there."""
        self._path = path

    def allows(self, persona: Persona) -> bool:
        """Whether this very card may give instructions; nothing is allowed by a file that can't be read."""
        try:
            return persona.digest in self._read()
        except SettingsError:
            return False

    def list(self) -> tuple[TrustedCard, ...]:
        """Return those that are trusted, the latest last.

        Raises:
            SettingsError: the file can't be read.
        """
        return tuple(sorted(self._read().values(), key=lambda card: card.date))

    def trust(self, persona: Persona) -> None:
        """Let this card give instructions from now on.

        Raises:
            SettingsError: the file can't be read or written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        card = TrustedCard(persona.hash, persona.digest, persona.id, persona.display_name, now)
        with self._alone():
            self._write({**self._read(), card.digest: card})

    def revoke(self, ref: str) -> tuple[TrustedCard, ...]:
        """Take trust back from every version of a card; returns what was trusted.

        Args:
            ref: hash, digest, id or name; the card itself may be gone.

        Raises:
            SettingsError: the file can't be read or written.
        """
        wanted = ref.strip().casefold()
        with self._alone():
            cards = self._read().values()
            gone = tuple(card for card in cards if wanted in (card.hash, card.digest, card.id, card.name.casefold()))
            if gone:
                self._write({card.digest: card for card in cards if card not in gone})
        return gone

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the file among all processes, or of two cards that are noted at once one would be lost."""
        lock = portalocker.Lock(
            self._path.with_name(f".{self._path.name}.lock"), timeout=_PATIENCE, check_interval=0.02
        )
        try:
            make_private(self._path.parent)
            lock.acquire()
        except (portalocker.LockException, OSError) as error:
            raise SettingsError(f"The trusted cards can't be kept in {self._path} ({error}).") from error
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> dict[str, TrustedCard]:
        try:
            return {card.digest: card for card in _Cards.validate_json(self._path.read_bytes())}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingsError(f"The trusted cards in {self._path} can't be read ({error.strerror}).") from error
        except ValidationError as error:
            raise SettingsError(f"The trusted cards in {self._path} can't be read: move the file away.") from error

    def _write(self, cards: dict[str, TrustedCard]) -> None:
        written = json.dumps([asdict(card) for card in cards.values()], ensure_ascii=False, indent=1)
        try:
            write_whole(self._path, written.encode())
        except OSError as error:
            raise SettingsError(f"The trusted cards can't be kept in {self._path} ({error.strerror}).") from error


def is_trusted(persona: Persona, settings: Settings) -> bool:
    """Whether this very card may give instructions, by the operator's word or the environment's."""
    return persona.digest in settings.trusted_cards or TrustedCards(settings.trusted).allows(persona)


def orders_of(persona: Persona) -> dict[str, str]:
    """The texts by which a card would give orders, by the name of their field; empty for most cards."""
    texts = {
        "system_prompt": persona.system_prompt,
        "post_history_instructions": persona.post_history_instructions,
    }
    return {field: text for field, text in texts.items() if text.strip()}
