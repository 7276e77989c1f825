"""tell_time: what the clock on the wall says."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

__all__ = ["create_tell_time_tool"]


class _Arguments(BaseModel):
    zone: str = Field(default="", description="IANA time zone such as Europe/London; empty for the local time")


def create_tell_time_tool(
    *, name: str = "tell_time", clock: Callable[[ZoneInfo | None], datetime] = datetime.now
) -> BaseTool:
    """A tool that tells date and time of day.

    Args:
        name: what the model calls it.
        clock: gives the time in a zone, or locally for None.
    """

    def tell_time(zone: str = "") -> str:
        try:
            now = clock(ZoneInfo(zone)) if zone else clock(None)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ToolException(f"{zone!r} is no time zone: write for example Europe/London, or nothing") from error
        return f"{now:%A, %d %B %Y, %H:%M}" + (f" in {zone}" if zone else "")

    return StructuredTool.from_function(
        tell_time, name=name, description="Tell today's date and the time of day.", args_schema=_Arguments
    )
