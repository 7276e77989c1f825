"""The greeting as the user sees it: the words that the prompt says the conversation began with."""

from langgraph_roleplay.context import Context
from langgraph_roleplay.personas import Persona, expand, lasting_macros
from langgraph_roleplay.personas.cleaning import clean_for_prompt

__all__ = ["greeting_of"]


def greeting_of(persona: Persona, context: Context, *, thread: str) -> str:
    """The greeting that a conversation began with, dice and choices of the card included; empty if there is none.

    Args:
        persona: whose.
        context: says which greeting, and who is greeted.
        thread: id of the conversation, which decides what the dice of a card show.
    """
    greetings = persona.greetings
    chosen = greetings[context.greeting] if context.greeting < len(greetings) else persona.first_mes
    macros = lasting_macros(persona, user=context.user_name, about_user=context.user_description, thread=thread)
    return clean_for_prompt(expand(chosen, macros=macros)) if chosen else ""
