"""What macros stand for in the texts that never change in a conversation."""

from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.macros.expanding import substitute
from langgraph_roleplay.personas.macros.scene import MacroScene

__all__ = ["lasting_macros"]


def lasting_macros(persona: Persona, *, user: str, about_user: str = "", thread: str) -> MacroScene:
    """What a card's macros stand for from the first message of the conversation `thread` to its last.

    There is no now in it: nobody knows any more when an old conversation began.
    """

    def named(text: str) -> str:
        return substitute(text, char=persona.display_name, user=user)

    return MacroScene(
        char=persona.display_name,
        user=user,
        persona=about_user,
        description=named(persona.description),
        personality=named(persona.personality),
        scenario=named(persona.scenario),
        examples="\n".join(map(named, persona.examples)),
        seed=thread,
    )
