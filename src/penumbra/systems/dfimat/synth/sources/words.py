"""Words that mean people, and in what order a caption's words have their maps.

The sheet `smpmat`, sections 2 and 2.1.
"""

from collections.abc import Sequence
from typing import NamedTuple

MAPS = 16
"""Words of a caption that have maps, at most: T of the sheet."""

_LISTED = """
    acrobat actor actress adult artist athlete aunt baby bachelor barista boss boy boyfriend bride
    bridegroom bridesmaid brother buddy businessman bystander cameraman chef child citizen classmate
    clerk climber colleague commuter couple cousin cowboy coworker craftsman customer cyclist dad
    dancer daughter doctor driver drummer employee engineer family farmer father female fiance
    fiancee firefighter fireman fisher fisherman florist friend gardener gentleman girl girlfriend
    goalkeeper graduate grandchild granddaughter grandfather grandma grandmother grandpa grandparent
    grandson groom groomsman guest guitarist guy gymnast hairdresser hiker human husband individual
    infant instructor jogger journalist juggler kid lady lawyer librarian lifeguard male man
    mechanic mom monk mother mum musician nanny neighbor neighbour nephew newlywed niece nun nurse
    officer painter pal parent partner passenger passerby pedestrian people performer person
    photographer pianist pilot player police policeman postman potter priest programmer pupil
    relative roommate runner sailor salesman schoolboy schoolgirl schoolmate scientist sculptor
    sibling singer sister skater skier soldier son spectator sportsman spouse stranger student
    surfer swimmer tailor teacher teammate teen teenager toddler tourist traveler traveller trio
    triplet twin uncle vendor villager violinist visitor volunteer waiter waitress walker wife woman
    worker youngster
    """

PEOPLE = frozenset(_LISTED.split())
"""In the singular, and a few that have none."""

_IRREGULAR = {
    "children": "child",
    "grandchildren": "grandchild",
    "passersby": "passerby",
    "wives": "wife",
}
_ENDINGS = (("s", ""), ("es", ""), ("ies", "y"), ("men", "man"))
"""Of the plural, and of the singular."""

_COMPOUNDS = ("woman", "women")
"""What ends a word that means people; "man" does not: a German is one, a walkman is none."""


class Order(NamedTuple):
    """Places of a caption's words, in the order of their maps.

    Attributes:
        places: As they count in the caption; those of people first.
        people: How many of them are.
    """

    places: tuple[int, ...]
    people: int


def means_people(word: str) -> bool:
    """Return whether a word means a person or several.

    Args:
        word: Of any case, in the singular or plural, with or without a possessive 's.

    Example:
        >>> [word for word in "Two friends and a dancer's dog".split() if means_people(word)]
        ['friends', "dancer's"]
    """
    word = word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    word = word.removesuffix("'s").removesuffix("'")
    guesses = {word, _IRREGULAR.get(word, word)}
    for plural, singular in _ENDINGS:
        if word.endswith(plural):
            guesses.add(word.removesuffix(plural) + singular)
    return not PEOPLE.isdisjoint(guesses) or word.endswith(_COMPOUNDS)


def people_first(words: Sequence[Sequence[str]]) -> Order:
    """Return the order of the maps of a caption.

    Args:
        words: The caption's words, each as the pieces that have a map of their own.  Pieces are
            those of people where the word is.

    Example:
        >>> people_first([["two"], ["sib", "lings"], ["dance"]])
        Order(places=(1, 2, 0, 3), people=2)
    """
    people: list[int] = []
    others: list[int] = []
    place = 0
    for pieces in words:
        found = people if means_people("".join(pieces)) else others
        found += range(place, place + len(pieces))
        place += len(pieces)
    return Order((*people, *others), len(people))
