"""Memories as lines of JSON: a header that says what they are, then a memory a line with what became of it.

A line has every field of `Memory`, what became of it (`abandoned`, `distilled`, `outdated`, `retracted`), and in a
backup its vectors, the dense one as base64 of little-endian 4-byte floats. Fields that newer schemas brought have
defaults, so the lines of an older schema are read as they are.
"""

import json
import uuid
from typing import Annotated, Any, Literal, NamedTuple, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeInt,
    StrictBool,
)
from pydantic import ValidationError as Invalid
from qdrant_client import models

from langgraph_roleplay.memory.home import SCHEMA_VERSION, Fingerprint, Hit
from langgraph_roleplay.memory.homes.edge_wire import pack_vector, unpack_vector
from langgraph_roleplay.memory.moving.whole_file import FileError
from langgraph_roleplay.memory.points import to_memory
from langgraph_roleplay.memory.records import Memory
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["Header", "Kept", "dump_header", "dump_line", "load_header", "load_line", "load_object"]

_COMMANDS = {"memories": "import", "backup": "restore"}


class Header(BaseModel):
    """What a file of memories says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roleplay: Literal["memories", "backup"]
    """What it is; a backup has vectors, and ends with counts and a checksum."""
    version: NonNegativeInt = Field(alias="schema")
    embedding: str | None = None
    """Of a backup: what the vectors were made with."""
    dimension: int | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """The embedding of a backup's vectors."""
        return Fingerprint(str(self.embedding), int(self.dimension or 0))


class _Sparse(BaseModel):
    model_config = ConfigDict(extra="forbid")
    indices: list[NonNegativeInt]
    values: list[FiniteFloat]


def _unpacked(text: Any) -> list[float]:
    if not isinstance(text, str):
        raise ValueError("should be base64 of 4-byte floats")
    return unpack_vector(text)


class _Vectors(BaseModel):
    model_config = ConfigDict(extra="forbid")
    dense: Annotated[list[FiniteFloat], BeforeValidator(_unpacked)] | None = None
    bm25: _Sparse | None = None


class _Rest(BaseModel):
    """What a line says beside the memory."""

    id: Annotated[str, AfterValidator(lambda text: str(uuid.UUID(text)))]
    abandoned: StrictBool = False
    distilled: StrictBool = False
    outdated: StrictBool = False
    retracted: StrictBool = False
    vectors: _Vectors | None = None


_FLAGS = ("abandoned", "distilled", "outdated", "retracted")


class Kept(NamedTuple):
    """A memory as it was kept; `flags` are those of its payload (0 or 1)."""

    memory: Memory
    flags: dict[str, int]
    vectors: TextVectors | None


def dump_header(kind: Literal["memories", "backup"], fingerprint: Fingerprint | None = None) -> bytes:
    """The first line."""
    return _dump({"roleplay": kind, "schema": SCHEMA_VERSION} | (fingerprint._asdict() if fingerprint else {}))


def dump_line(hit: Hit) -> bytes:
    """A point as a line, with its vectors where they were asked for."""
    fields = to_memory(hit.id, hit.payload).model_dump(mode="json", exclude={"superseded_by"})
    flags = {flag: bool(hit.payload.get(flag)) for flag in _FLAGS}
    vectors = {} if hit.vector is None else {"vectors": {name: _plain(one) for name, one in hit.vector.items()}}
    return _dump({"id": hit.id} | fields | flags | vectors)


def _plain(vector: Any) -> Any:
    if isinstance(vector, models.SparseVector):
        return vector.model_dump()
    return pack_vector(vector) if isinstance(vector, list) else vector


def _dump(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def load_header(line: bytes, kind: Literal["memories", "backup"], *, where: str) -> Header:
    """Read the first line of a file that should hold `kind`.

    Raises:
        FileError: it is none of ours, of the other kind, or newer.
    """
    fields = load_object(line.removeprefix(b"\xef\xbb\xbf"), where=where) if line.strip() else {}
    if (found := fields.get("roleplay")) not in _COMMANDS:
        raise FileError(f"{where}: this is no file of memories, or its first line would say so")
    if found != kind:
        raise FileError(f"{where}: this is for `roleplay memory {_COMMANDS[found]}`")
    # First of all: what newer versions write beside it is not known here.
    if isinstance(schema := fields.get("schema"), int) and schema > SCHEMA_VERSION:
        raise FileError(f"{where}: schema {schema}, this version reads up to {SCHEMA_VERSION}: upgrade")
    try:
        return Header.model_validate(fields)
    except Invalid as error:
        _refuse(error, where)


def load_object(line: bytes, *, where: str) -> dict[str, Any]:
    """Read a line as a JSON object.

    Raises:
        FileError: it is none.
    """
    try:
        fields = json.loads(line, parse_constant=_no_number, parse_int=_integer)
        if b"\\ud" in line.lower():  # half of a surrogate pair, which no home could keep
            json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise FileError(f"{where}: no JSON ({error})") from error
    if not isinstance(fields, dict):
        raise FileError(f"{where}: no JSON object")
    return fields


def load_line(fields: dict[str, Any], *, where: str, dimension: int | None = None) -> Kept:
    """Read a memory.

    Args:
        fields: the line's.
        where: file and line, for the error.
        dimension: of dense vectors; None: vectors are not wanted.

    Raises:
        FileError: names the field that is wrong.
    """
    try:
        rest = _Rest.model_validate({name: fields.pop(name) for name in _Rest.model_fields if name in fields})
        memory = Memory.model_validate(fields | {"id": rest.id})
    except Invalid as error:
        _refuse(error, where)
    flags = {flag: int(getattr(rest, flag)) for flag in _FLAGS}
    return Kept(memory, flags, _vectors(rest.vectors, where, dimension) if rest.vectors and dimension else None)


def _vectors(vectors: _Vectors, where: str, dimension: int) -> TextVectors:
    dense, sparse = vectors.dense, vectors.bm25
    if dense is not None and len(dense) != dimension:
        raise FileError(f"{where}, field vectors.dense: {len(dense)} numbers instead of {dimension}")
    if sparse and not len({*sparse.indices}) == len(sparse.indices) == len(sparse.values):
        raise FileError(f"{where}, field vectors.bm25: indices and values don't match")
    return TextVectors(dense, models.SparseVector(**sparse.model_dump()) if sparse else None)


def _refuse(error: Invalid, where: str) -> NoReturn:
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    raise FileError(f"{where}, field {field}: {first['msg']}") from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _integer(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("a whole number of more than 64 bits")  # no home could keep it
    return number
