"""Questions whose answers two books have, each with words of the passage that answers (any of them)."""

from typing import NamedTuple

__all__ = ["BOOKS", "BookQuestion"]


class BookQuestion(NamedTuple):
    """A question in other words than the book's."""

    question: str
    answers: tuple[str, ...]


BOOKS = {
    "11_alices_adventures_in_wonderland.txt": [
        BookQuestion("What was written on the jar that she took from a shelf as she fell?", ("‘ORANGE MARMALADE’",)),
        BookQuestion(
            "What is the name of your pet at home?",
            (
                "Dinah was the cat",
                "our cat Dinah",
                "Dinah’s our cat",
            ),
        ),
        BookQuestion("What was the caterpillar smoking?", ("hookah",)),
        BookQuestion("What did the Duchess's baby turn into?", ("neither more nor less than a pig",)),
        BookQuestion("Why is it always tea time for the Hatter?", ("always six o’clock now",)),
        BookQuestion("What did the three sisters at the bottom of the well eat?", ("They lived on treacle",)),
        BookQuestion("What did they use for balls when the Queen played croquet?", ("the balls were live hedgehogs",)),
        BookQuestion("Why were the gardeners painting the roses red?", ("put a white one in by mistake",)),
        BookQuestion(
            "Why do lessons get shorter every day in the school under the sea?",
            ("because they lessen from day to day",),
        ),
        BookQuestion("How did the lizard leave the chimney?", ("one sharp kick",)),
    ],
    "1661_the_adventures_of_sherlock_holmes.txt": [
        BookQuestion("What work did the man with red hair have to do in the office?", ("Encyclopaedia Britannica",)),
        BookQuestion(
            "Where was the stolen blue gem hidden?",
            (
                "found in its crop",
                "in the crop of a goose",
                "its crop",
            ),
        ),
        BookQuestion("What kind of snake killed Dr. Roylott?", ("swamp adder",)),
        BookQuestion("What was in the envelope that frightened the colonel?", ("orange pips",)),
        BookQuestion("How did Neville St. Clair really earn his money?", ("smearing my face",)),
        BookQuestion("How did the engineer lose his thumb?", ("his blow fell",)),
        BookQuestion("What do you play when you want to think about a case?", ("violin",)),
        BookQuestion("How much is the coronet worth?", ("double the sum which I have asked",)),
        BookQuestion(
            "Why did the governess have to cut her hair short?",
            (
                "cut your hair quite short",
                "cut your hair",
            ),
        ),
        BookQuestion("What reward did you ask of the King of Bohemia?", ("This photograph!",)),
    ],
}
"""By name of the file in LitBank."""
