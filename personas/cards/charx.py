"""Writing CHARX: a plain zip with `card.json` first."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from langgraph_roleplay.personas.cards.archives import CARD
from langgraph_roleplay.personas.cards.json_text import to_json

__all__ = ["pack_charx"]

_PACKED = frozenset({"png", "apng", "jpg", "jpeg", "webp", "gif", "mp3", "ogg", "mp4", "webm", "zip", "woff2"})
"""Suffixes of what is compressed already."""
_DATE = (1980, 1, 1, 0, 0, 0)
# The earliest a zip can hold, always: the same card gives the same bytes.


def pack_charx(card: Mapping[str, Any], files: Mapping[str, bytes], *, label: str = "card") -> bytes:
    """Return an archive of the card and these files, by path; `label` is what errors call it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {CARD: to_json(card, label, indent=2), **files}.items():
            is_packed = name.rpartition(".")[2].lower() in _PACKED
            method = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, compress_type=method)
    return out.getvalue()
