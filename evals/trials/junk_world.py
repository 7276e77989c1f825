"""What the user of the junk trial says, and how the truth of it may be put."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Truth", "chatter", "truths"]


def _listed(words: str) -> list[str]:
    return words.split(", ")


_PEOPLE = _listed(
    "Mary, Carol, Dave, Erik, Frida, Gustav, Hilda, Igor, Jack, Karin, Liam, Mona, Nils, Olga, Peter, Quentin, Rosa, "
    "Sven, Tilda, Uwe"
)
_PLACES = _listed(
    "Leeds, Lyon, Ghent, Oslo, Turin, Bergen, Cadiz, Dover, Essen, Faro, Graz, Hull, Ipswich, Jena, Kiel, Linz, Metz, "
    "Nantes"
)
_THINGS = _listed(
    "silver ring, brass key, violin, lantern, compass, red scarf, leather map, pocket watch, crystal vase, iron "
    "kettle, blue letter, wooden flute, ivory comb, copper coin, glass marble, velvet hat, silk glove, marble statue, "
    "paper crane, golden locket"
)
_FEARS = _listed(
    "spiders, thunder, deep water, masks, heights, wolves, needles, crowds, fire, ravens, moths, mirrors, clowns, "
    "snakes"
)
_PETS = _listed("dog, cat, parrot, tortoise, rabbit, goat, ferret, canary, donkey, hedgehog")
_JOBS = _listed(
    "baker, sailor, lawyer, weaver, miner, painter, cobbler, tailor, gardener, clerk, surgeon, butcher, printer"
)
_KIN = _listed("brother, sister, cousin, uncle, aunt, neighbour, teacher, landlord")


@dataclass(frozen=True)
class Truth:
    """A line of the user and three ways to put what it says."""

    said: str
    wordings: tuple[str, str, str]
    subject: str
    relation: str


def truths(chance: random.Random) -> Iterator[Truth]:
    """New truths without end, none twice."""
    seen: set[str] = set()
    while True:
        truth = chance.choice(_MAKERS)(chance)
        if truth.said not in seen:
            seen.add(truth.said)
            yield truth


def chatter(chance: random.Random) -> str:
    """A line that holds nothing worth knowing."""
    opening = chance.choice(("Hm,", "Well,", "Oh,", "Indeed,", "So,"))
    return f"{opening} {chance.choice(('go on', 'tell me more', 'that is funny', 'it rains again', 'let me think'))}."


def _pet(chance: random.Random) -> Truth:
    pet, name = chance.choice(_PETS), chance.choice(_PEOPLE)
    said = f"I have a {pet} named {name}."
    wordings = (
        f"Anna has a {pet} named {name}.",
        f"Anna's {pet} is called {name}.",
        f"Anna owns a {pet} called {name}.",
    )
    return Truth(said, wordings, "Anna", "has")


def _fear(chance: random.Random) -> Truth:
    fear, place = chance.choice(_FEARS), chance.choice(_PLACES)
    said = f"Since I was in {place} I am afraid of {fear}."
    about = (f"is afraid of {fear} since {place}", f"fears {fear} since {place}", f"is scared of {fear} since {place}")
    return Truth(said, tuple(f"Anna {words}." for words in about), "Anna", "fears")  # type: ignore[arg-type]  # three


def _meeting(chance: random.Random) -> Truth:
    person, place, thing = chance.choice(_PEOPLE), chance.choice(_PLACES), chance.choice(_THINGS)
    said = f"I met {person} in {place} and showed her the {thing}."
    wordings = (
        f"Anna met {person} in {place} and showed her the {thing}.",
        f"In {place} Anna met {person} and showed her the {thing}.",
        f"Anna has met {person} in {place} and has shown her the {thing}.",
    )
    return Truth(said, wordings, "Anna", "met")


def _loss(chance: random.Random) -> Truth:
    thing, place = chance.choice(_THINGS), chance.choice(_PLACES)
    said = f"I lost my {thing} in {place}."
    wordings = (
        f"Anna lost her {thing} in {place}.",
        f"Anna's {thing} was lost in {place}.",
        f"In {place} Anna lost a {thing}.",
    )
    return Truth(said, wordings, "Anna", "lost")


def _kin(chance: random.Random) -> Truth:
    kin, name, job, place = (chance.choice(of) for of in (_KIN, _PEOPLE, _JOBS, _PLACES))
    said = f"My {kin} {name} works as a {job} in {place}."
    whose = f"Anna's {kin} {name}"
    wordings = (
        f"{whose} works as a {job} in {place}.",
        f"{whose} is a {job} in {place}.",
        f"{whose} has a job as a {job} in {place}.",
    )
    return Truth(said, wordings, whose, "works as")


def _hiding(chance: random.Random) -> Truth:
    thing, place, person = chance.choice(_THINGS), chance.choice(_PLACES), chance.choice(_PEOPLE)
    said = f"The {thing} of {person} is hidden in {place}."
    wordings = (
        said,
        f"In {place} the {thing} of {person} is hidden.",
        f"The {thing} of {person} was hidden in {place}.",
    )
    return Truth(said, wordings, f"The {thing} of {person}", "is hidden in")


_MAKERS = (_pet, _fear, _meeting, _loss, _kin, _hiding)
