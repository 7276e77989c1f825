"""Marks of the machinery: tokens and headings of chat templates, which nobody in a story says."""

import re

__all__ = ["END_OF_TURN", "TEMPLATE_TOKEN", "THOUGHT"]

END_OF_TURN = re.compile(r"<\|(?:im_end|eot_id|end|endoftext|end_of_text)\|>|</s>|<end_of_turn>|<｜end▁of▁sentence｜>")
TEMPLATE_TOKEN = re.compile(
    r"<\|[a-z_]{2,30}\|>|</?s>|<(?:start|end)_of_turn>|<｜[^｜\s]{1,40}｜>|\[/?INST\]|<</?SYS>>|</?think(?:ing)?>"
    r"|^#{2,3} ?(?:Instruction|Response|System|Input|Human|Assistant)s?:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
THOUGHT = re.compile(r"<think(?:ing)?>(?:[^<]|<(?!/think))*(?:</think(?:ing)?>)?\s*", re.IGNORECASE)
"""A thought, also one that was never closed; it is bookkeeping of the model, not speech."""
