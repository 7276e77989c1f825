"""Marks of the machinery: tokens and headings of chat templates, which nobody in a story says."""

import re

__all__ = ["TEMPLATE_TOKEN"]

TEMPLATE_TOKEN = re.compile(
    r"<\|[a-z_]{2,30}\|>|</?s>|<(?:start|end)_of_turn>|<｜[^｜\s]{1,40}｜>|\[/?INST\]|<</?SYS>>|</?think(?:ing)?>"
    r"|^#{2,3} ?(?:Instruction|Response|System|Input|Human|Assistant)s?:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
