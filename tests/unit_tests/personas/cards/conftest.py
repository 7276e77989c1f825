import base64
import io
import json
import zipfile

import pytest

from langgraph_roleplay.personas.cards.placeholder import draw_placeholder
from langgraph_roleplay.personas.cards.png_chunks import copy_chunks, text_chunk


@pytest.fixture(scope="session")
def in_png():
    """Put raw chunks, or cards by keyword, into a small picture."""

    def put(*chunks, **cards):
        texts = [text_chunk(key, base64.b64encode(json.dumps(card).encode())) for key, card in cards.items()]
        return copy_chunks(draw_placeholder("Test"), "test", without=lambda _: False, more=[*chunks, *texts])

    return put


@pytest.fixture(scope="session")
def in_zip():
    """Pack files, by name, into an archive."""

    def pack(files, *, method=zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return out.getvalue()

    return pack


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200) + b"\xff\xd9"
