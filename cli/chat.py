"""The chat: lines come in, replies go out, commands do what chatters expect."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.table import Table
from rich.text import Text

from langgraph_roleplay.cli.commands import COMMANDS, Line, parse_line
from langgraph_roleplay.cli.failures import Fatal, reported
from langgraph_roleplay.cli.intro import resume_line
from langgraph_roleplay.cli.loop import LoopThread
from langgraph_roleplay.cli.opening import Opening
from langgraph_roleplay.cli.terminal import Screen
from langgraph_roleplay.cli.transcript import write_transcript
from langgraph_roleplay.cli.why import degraded_lines, explain_turn
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.personas import make_slug
from langgraph_roleplay.settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

    from langgraph_roleplay.cli.conversation import Conversation

__all__ = ["hold_chat"]

_Result = TypeVar("_Result")
_EMPTY = "Nothing said. /help lists what else you can do here."
_STOPPED = "Stopped. /swipe has it answered anew, /continue goes on."
_UNHEARD = "Stopped before it was heard; say it again: "
_UNANSWERED = "Your last message has no reply yet: /swipe answers it."
_SHOWN_BEFORE = 4
"""Messages of a resumed conversation that are shown again."""


def hold_chat(opening: Opening, *, screen: Screen, settings: Settings) -> bool:
    """Hold a conversation until there are no more lines; says whether every line could be obeyed.

    Raises:
        RoleplayError: the conversation can't be opened at all.
    """
    with LoopThread() as loop:
        chat = _Chat(opening, screen=screen, loop=loop, settings=settings)
        try:
            chat.begin()
            chat.hold()
            chat.part()
        finally:
            loop.run(chat.close())
    return not chat.complaints


class _Chat:
    def __init__(self, opening: Opening, *, screen: Screen, loop: LoopThread, settings: Settings) -> None:
        self._opening = opening
        self._screen = screen
        self._loop = loop
        self._stack = AsyncExitStack()
        self._degraded = ""
        self._spoken = False
        self.complaints = 0
        self._kept: Future[None] | None = None
        # In the background, because it takes seconds in which the user can read the greeting and write.
        self._opened: Future[Conversation] = loop.start(self._open(settings))

    def begin(self) -> None:
        """Show where the conversation stands."""
        if not self._opening.resumed:
            if self._opening.greeting_text:
                self._screen.say(self._char, self._opening.greeting_text)
        elif self._screen.interactive:
            with suppress(KeyboardInterrupt):  # who doesn't want to wait for what was said before
                self._show_before(self._loop.run(self._conversation().history()))

    def _show_before(self, messages: "Sequence[AnyMessage]") -> None:
        for message in messages[-_SHOWN_BEFORE:]:
            self._screen.say(self._user if message.type == "human" else self._char, message.text)
        if messages and messages[-1].type == "human":
            self._screen.notice(_UNANSWERED)

    def hold(self) -> None:
        """Take one line after another."""
        while (line := self._screen.ask(self._user)) is not None:
            try:
                if not self._take(line):
                    return
            except KeyboardInterrupt:
                if not self._screen.interactive:
                    raise
                self._screen.notice(self._stopped(line))

    def part(self) -> None:
        """Say how to go on another time, if there is something to go on with."""
        if self._screen.interactive and (self._opening.resumed or self._spoken):
            self._screen.notice(f"The conversation is kept; {resume_line(self._opening.thread)}")

    async def close(self) -> None:
        """Close what was opened."""
        if self._kept:
            await asyncio.wait([asyncio.wrap_future(self._kept)])
        self._opened.cancel()
        await self._stack.aclose()

    @property
    def _char(self) -> str:
        return self._opening.persona.display_name

    @property
    def _user(self) -> str:
        return self._opening.context.user_name

    async def _open(self, settings: Settings) -> "Conversation":
        # In a thread, because it takes seconds in which the loop must stay able to end the waiting.
        open_conversation = await asyncio.to_thread(_import_session)
        opened = open_conversation(self._opening, settings=settings, tell=self._screen.notice)
        return await self._stack.enter_async_context(opened)

    def _conversation(self) -> "Conversation":
        if not self._opened.done():
            with self._screen.reply(self._char):
                self._loop.run(_wait_for(self._opened))
        if self._kept:
            self._loop.run(_wait_for(self._kept))
        return self._opened.result()

    async def _keep(self, text: str) -> None:
        with suppress(RoleplayError):  # what can't be opened is told by the next line
            await (await asyncio.wrap_future(self._opened)).keep(text)

    def _stopped(self, text: str) -> str:
        """What has become of a line at which Ctrl-C came."""
        if (line := parse_line(text)).command:
            return _STOPPED
        if not self._opened.done():
            self._spoken = True
            self._kept = self._loop.start(self._keep(line.text))
            return _STOPPED
        asked = [message.text for message in self._loop.run(self._opened.result().history()) if message.type == "human"]
        return _STOPPED if line.text in asked[-1:] else _UNHEARD + line.text

    def _take(self, text: str) -> bool:
        """Do what one line asks for; False when it asks to leave."""
        line = None
        with reported(self._complain):
            line = parse_line(text)
        if line is None:
            return True
        if line.command == "quit":
            return False
        if line == Line("", ""):
            self._screen.notice(_EMPTY)
            return True
        conversation = self._conversation()  # not within `reported`: what can't be opened ends the chat
        with reported(self._complain, but=(BrokenPipeError, Fatal)):
            self._obey(line, conversation)
        return True

    def _complain(self, text: str) -> None:
        self.complaints += 1
        self._screen.notice(text)

    def _obey(self, line: Line, conversation: "Conversation") -> None:
        match line.command:
            case "":
                self._hear(conversation, conversation.say(line.text))
            case "swipe":
                self._hear(conversation, conversation.swipe())
            case "continue":
                self._hear(conversation, conversation.carry_on())
            case "edit":
                self._edit(line.text, conversation)
            case "undo":
                taken = self._loop.run(conversation.undo())
                self._screen.notice(f"Taken back: {taken[0].text[:80]!r} and what followed.")
            case "export":
                self._export(line.text, conversation)
            case "why":
                self._screen.show(explain_turn(self._loop.run(conversation.why())))
            case "help":
                self._screen.show(_help())

    def _hear(self, conversation: "Conversation", parts: AsyncGenerator[str]) -> None:
        self._spoken = True
        with self._screen.reply(self._char) as write:
            self._loop.run(_pass_on(parts, write))
        degraded = "\n".join(degraded_lines(self._loop.run(conversation.why())))
        if degraded and degraded != self._degraded:
            self._screen.notice(degraded)
        self._degraded = degraded

    def _edit(self, text: str, conversation: "Conversation") -> None:
        if not text:
            raise RoleplayError(f"{COMMANDS['edit'][0]}: say what your last message should have been.")
        self._hear(conversation, conversation.edit(text))

    def _export(self, name: str, conversation: "Conversation") -> None:
        path = Path(name).expanduser() if name else Path(f"{make_slug(conversation.thread)}.md")
        write_transcript(self._loop.run(conversation.export()), path)
        self._screen.notice(f"Written to {path.absolute()}")


def _import_session() -> "Callable[..., AbstractAsyncContextManager[Conversation]]":
    from langgraph_roleplay.cli.session import open_conversation  # noqa: PLC0415 - see the call

    return open_conversation


async def _wait_for(opened: "Future[_Result]") -> None:
    # Shielded: Ctrl-C ends the waiting, not the opening.
    await asyncio.wait([asyncio.shield(asyncio.wrap_future(opened))])


async def _pass_on(parts: AsyncGenerator[str], write: Callable[[str], None]) -> None:
    begun = False
    async with aclosing(parts) as open_parts:
        async for part in open_parts:
            shown = part if begun else part.lstrip()  # what a carried on reply begins with joins it to the first part
            begun = begun or bool(shown)
            if shown:
                write(shown)


def _help() -> Table:
    table = Table.grid(padding=(0, 2))
    for usage, meaning in COMMANDS.values():
        table.add_row(Text(usage), Text(meaning))
    return table
