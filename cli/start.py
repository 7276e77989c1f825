"""From the command line's wishes to a running chat."""

from langgraph_roleplay.cli.chat import hold_chat
from langgraph_roleplay.cli.intro import intro_lines
from langgraph_roleplay.cli.opening import Opening, Wishes, decide_opening
from langgraph_roleplay.cli.terminal import Screen, choose_screen
from langgraph_roleplay.cli.weights import ensure_weights
from langgraph_roleplay.settings import Settings, read_settings

__all__ = ["start_chat"]


def start_chat(wishes: Wishes) -> bool:
    """Chat until the user leaves; says whether all went well (a person has seen what didn't, a pipe must know).

    Raises:
        RoleplayError: the chat can't begin.
    """
    settings, screen = read_settings(), choose_screen()
    if settings.personas and not settings.personas.is_dir():
        screen.notice(f"ROLEPLAY_PERSONAS={settings.personas} is no folder: there is the built-in cast alone.")
    opening = decide_opening(wishes, settings=settings)
    ensure_weights(opening.context, settings=settings)
    if wishes.thread and not opening.resumed:  # a pipe is told, too: it may be a slip of the pen
        screen.notice(f"There is no thread {wishes.thread} yet: it begins now.")
    if screen.interactive:
        _introduce(opening, screen, settings)
    return hold_chat(opening, screen=screen, settings=settings) or screen.interactive


def _introduce(opening: Opening, screen: Screen, settings: Settings) -> None:
    for line in intro_lines(opening, settings=settings):
        screen.notice(line)
    screen.notice("")
