"""What the page on lore shows is true."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[4] / "docs" / "lore.md").read_text(encoding="utf-8")


def test_the_snippet_of_the_page_on_lore_finds_what_was_spoken_of():
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict = {}
    exec(snippet, names)
    assert names["ask_for_lore"]() == [("The forest sleeps.", "key 'forest' in the last message")]
