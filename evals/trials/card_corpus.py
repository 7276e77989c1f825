"""Cards to try: the real ones, profiles of public benches turned into cards, and every container they come in."""

import base64
import io
import json
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.personas import load_persona, save_persona
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder
from langgraph_roleplay.personas.cards.png_chunks import copy_chunks

__all__ = ["containers", "profiles", "real_cards"]

_JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000000ffda0008010100003f00d2cfffd9"
)
"""One pixel."""


def real_cards(data: Path) -> dict[str, bytes]:
    """Card files as people share them, by name.

    Args:
        data: folder with `cards/`, `rpbench_auto/` and `pingpong/`.

    Raises:
        RoleplayError: there are none.
    """
    found = {path.name: path.read_bytes() for path in sorted((data / "cards").glob("*.png"))}
    if not found:
        raise RoleplayError(f"No cards in {data / 'cards'}.")
    return found


def profiles(data: Path) -> dict[str, dict[str, Any]]:
    """The characters of rpbench_auto and of pingpong as cards, by a name of their own; three versions take turns."""
    characters = [*_rpbench(data / "rpbench_auto"), *_pingpong(data / "pingpong")]
    return {f"profile-{number:02}": _VERSIONS[number % 3](fields) for number, fields in enumerate(characters)}


def containers(card: dict[str, Any]) -> dict[str, bytes]:
    """The same card in every kind of file, by suffix or kind of chunk."""
    text = json.dumps(card, ensure_ascii=False).encode()
    coded = base64.b64encode(text)
    picture = draw_placeholder(str(card.get("name", "")))
    chunks = {
        "zTXt.png": (b"zTXt", b"chara\0\0" + zlib.compress(coded)),
        "iTXt.png": (b"iTXt", b"ccv3\0\0\0\0\0" + coded),
        "iTXt-packed.png": (b"iTXt", b"chara\0\1\0en\0chara\0" + zlib.compress(coded)),
    }
    made = {kind: copy_chunks(picture, kind, without=lambda _: False, more=[chunk]) for kind, chunk in chunks.items()}
    return {"json": text, **made, **_saved(card)}


def _saved(card: dict[str, Any]) -> dict[str, bytes]:
    persona, made = load_persona(card), {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix, picture in (("png", None), ("charx", None), ("jpg", _JPEG)):
            path = Path(folder) / f"card.{suffix}"
            save_persona(persona, path, picture=picture)
            made[suffix] = path.read_bytes()
    return made


def _rpbench(folder: Path) -> Iterator[dict[str, Any]]:
    for line in io.StringIO((folder / "rpbench_character.jsonl").read_text(encoding="utf-8")):
        row = json.loads(line)
        profile = row["npc_profile"]
        yield {
            "name": profile["name_text"],
            "description": profile["description"],
            "personality": profile["short_definition_text"],
            "scenario": row["background"],
            "first_mes": "\n".join(row["conversation"][0]["sentences"]),
            "extensions": {"rpbench": {"id": row["id"], "title": profile["title"]}},
        }


def _pingpong(folder: Path) -> Iterator[dict[str, Any]]:
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    for language, setting in settings.items():
        for character in setting["characters"]:
            yield {
                "name": character["char_name"],
                "description": character["system_prompt"],
                "mes_example": f"<START>\n{character.get('example_prompt', '')}",
                "first_mes": character.get("greeting") or "",
                "creator_notes": character.get("summary", ""),
                "tags": character.get("tags", []),
                "character_book": _book(character["system_prompt"]),
                "extensions": {"pingpong": {"language": language}},
            }


def _book(text: str) -> dict[str, Any]:
    """Lines that define a term become lore, so that the corpus has some."""
    terms = [line.split(" = ", 1) for line in text.splitlines() if " = " in line]
    entries = [
        {"keys": [term], "content": f"@@depth 2\n{what}", "enabled": True, "insertion_order": 10 * number, "id": number}
        for number, (term, what) in enumerate(terms)
    ]
    return {"entries": entries, "extensions": {}, "scan_depth": 4}


def _v1(fields: dict[str, Any]) -> dict[str, Any]:
    return {"personality": "", "scenario": "", "mes_example": "", **fields}


def _v2(fields: dict[str, Any]) -> dict[str, Any]:
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"alternate_greetings": [], **fields}}


def _v3(fields: dict[str, Any]) -> dict[str, Any]:
    more = {"group_only_greetings": ["Hello, all."], "nickname": fields["name"].split()[0], "source": ["a bench"]}
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": {**fields, **more}}


_VERSIONS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (_v1, _v2, _v3)
