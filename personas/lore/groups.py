"""Inclusion groups: of entries that share a group's name one is in the prompt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.chance import roll
from langgraph_roleplay.personas.lore.reading import flag_of, number_of, text_of

__all__ = ["GroupMember", "Membership", "pick_members", "read_membership"]

_LONGEST_NAME = 100
_WEIGHT = 100


@dataclass(frozen=True, slots=True)
class Membership:
    """What an entry brings into its groups."""

    groups: tuple[str, ...] = ()
    weight: float = _WEIGHT
    overrides: bool = False
    """Whether its order decides instead of the dice."""
    scores: bool = False
    """Whether it must have as many keys spoken of as the best of the group."""


@dataclass(frozen=True, slots=True)
class GroupMember:
    """An entry that would be in the prompt."""

    uid: str
    membership: Membership
    order: float
    sticky: bool
    score: int
    """Keys that were found."""


def read_membership(entry: LoreEntry) -> Membership:
    """Read the groups of an entry."""
    names = (name.strip()[:_LONGEST_NAME] for name in text_of(entry.extensions, "group").split(","))
    weight = number_of(entry.extensions, "group_weight")
    return Membership(
        tuple(dict.fromkeys(name for name in names if name)),
        _WEIGHT if weight is None else max(weight, 0),
        flag_of(entry.extensions, "group_override") is True,
        flag_of(entry.extensions, "use_group_scoring") is True,
    )


def pick_members(members: Sequence[GroupMember], *, seed: str, taken: Collection[str]) -> Mapping[str, str]:
    """Return who loses its place, and why, by uid; `taken` names the groups that have an entry already."""
    groups = sorted({name for member in members for name in member.membership.groups})
    lost: dict[str, str] = {}
    for name in groups:
        rivals = [member for member in members if name in member.membership.groups and member.uid not in lost]
        rivals.sort(key=lambda member: member.uid)
        lost.update(_losers(name, rivals, seed, taken=name in taken))
    return lost


def _losers(name: str, rivals: Sequence[GroupMember], seed: str, *, taken: bool) -> dict[str, str]:
    best = max((rival.score for rival in rivals), default=0)
    weak = {
        rival.uid: f"group {name!r}: fewer of its keys were found"
        for rival in rivals
        if rival.membership.scores and rival.score < best and not rival.sticky
    }
    left = [rival for rival in rivals if rival.uid not in weak]
    sticky = {rival.uid for rival in left if rival.sticky}
    if sticky:
        return weak | _all_but(sticky, left, f"group {name!r}: another is still on")
    if taken:
        return weak | _all_but(set(), left, f"group {name!r}: another was there first")
    if len(left) < 2:
        return weak
    winner, why = _winner(name, left, seed)
    return weak | _all_but({winner.uid}, left, why)


def _all_but(kept: Collection[str], rivals: Sequence[GroupMember], why: str) -> dict[str, str]:
    return {rival.uid: why for rival in rivals if rival.uid not in kept}


def _winner(name: str, rivals: Sequence[GroupMember], seed: str) -> tuple[GroupMember, str]:
    overriding = [rival for rival in rivals if rival.membership.overrides]
    if overriding:
        return max(overriding, key=lambda rival: rival.order), f"group {name!r}: another has precedence"
    weights = [rival.membership.weight for rival in rivals]
    if not any(weights):
        weights = [_WEIGHT] * len(rivals)
    point = roll(seed, "group", name) * sum(weights)
    for rival, weight in zip(rivals, weights, strict=True):
        point -= weight
        if point < 0:
            return rival, f"group {name!r}: another was drawn of {len(rivals)}"
    return rivals[-1], f"group {name!r}: another was drawn of {len(rivals)}"
