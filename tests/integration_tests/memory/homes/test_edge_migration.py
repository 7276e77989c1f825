"""A folder that the last version wrote is brought to this one's schema when it is opened."""

import asyncio
import json
import os
import signal
import subprocess
import uuid

import pytest
from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.memory.points import to_point
from langgraph_roleplay.memory.vectors import TextVectors

V1_INDEXES = ("user", "character", "thread", "message_id", "knows")


def payload_v1(number):
    """As schema 1 wrote it: fields without a value were left out."""
    return {
        "text": f"Tea number {number}",
        "kind": "turn",
        "speaker": "anna",
        "character": "holmes",
        "user": "anna",
        "thread": "t1",
        "at": "2026-01-01T00:00:00+00:00",
        "metadata": {"n": number},
        "message_id": f"m{number}" if number % 2 else "",
        "echo": f"{number:016x}",
        "knows": ["holmes"],
        "retracted": int(number == 1),
        "schema": 1,
    } | ({"turn": number} if number % 3 else {})


@pytest.fixture
def old_folder(tmp_path, embeddings):
    """A folder of schema 1 with 400 memories; one had been left with its branch."""
    import qdrant_edge as edge

    folder = tmp_path / "memory"
    folder.mkdir()
    dense = edge.EdgeVectorParams(size=64, distance=edge.Distance.Cosine)
    sparse = edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)
    shard = edge.EdgeShard.create(str(folder / "edge"), edge.EdgeConfig({"dense": dense}, {"bm25": sparse}))
    for field in V1_INDEXES:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword))
    payloads = [payload_v1(number) for number in range(400)]
    points = [
        edge.Point(
            str(uuid.UUID(int=number)),
            {"dense": embeddings.embed_query(payload["text"]), "bm25": edge.SparseVector([number, 1000], [1.0, 2.0])},
            payload,
        )
        for number, payload in enumerate(payloads)
    ]
    shard.update(edge.UpdateOperation.upsert_points(points))
    shard.close()
    (folder / "memory.json").write_text(json.dumps({"embedding": "bag-of-words", "dimension": 64, "schema": 1}))
    return folder


async def check(bank, scope):
    """That everything is there and is what it was."""
    found = {known.id: known async for known in bank.browse(Selection(user="anna"))}
    assert len(found) == 400
    assert all(found[str(uuid.UUID(int=number))].text == f"Tea number {number}" for number in range(400))
    assert await bank.count(scope) == 399, "what had been left with its branch stays hidden"
    page = await bank.home.scroll(models.Filter(), limit=1000, vectors=True)
    for hit in page.hits:
        fresh = to_point(found[hit.id], TextVectors(None, None), flags=hit.payload).payload
        assert hit.payload == fresh | {"echo": hit.payload["echo"]}
        assert len(hit.vector["dense"]) == 64
        assert hit.vector["bm25"].indices == [uuid.UUID(hit.id).int, 1000]


async def test_an_old_folder_is_migrated_when_it_is_opened(open_bank, old_folder, scope):
    bank = await open_bank(folder=old_folder)
    await check(bank, scope)
    manifest = json.loads((old_folder / "memory.json").read_text())
    assert manifest["schema"] == 2
    assert [path.name for path in old_folder.iterdir() if path.is_dir()] == [manifest["shard"]]


async def test_clients_that_open_an_old_folder_at_once_all_wait(open_bank, old_folder):
    banks = await asyncio.gather(*(open_bank(folder=old_folder) for _ in range(3)))
    assert {await bank.home.count(models.Filter()) for bank in banks} == {400}


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.3])
async def test_a_migration_that_was_killed_starts_over(open_bank, old_folder, scope, delay):
    opening = asyncio.create_task(open_bank(folder=old_folder))
    while len([*old_folder.iterdir()]) < 4 and not opening.done():  # noqa: ASYNC110 - made by another process
        await asyncio.sleep(0.001)
    await asyncio.sleep(delay)
    command = ["pgrep", "-f", f"edge_owner.py {old_folder} "]
    found = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    for line in found.stdout.split():
        os.kill(int(line), signal.SIGKILL)
    await check(await opening, scope)


async def test_another_embedding_does_not_touch_an_old_folder(open_bank, old_folder, embeddings):
    before = (old_folder / "memory.json").read_bytes()
    with pytest.raises(MemoryUnavailable, match="roleplay memory reindex"):
        await open_bank(folder=old_folder, embeddings=type(embeddings)(model="other"))
    assert (old_folder / "memory.json").read_bytes() == before


async def test_an_old_collection_of_a_server_is_migrated_and_says_so_last(embeddings, memory, scope):
    bank = await MemoryBank.open(":memory:", embeddings=embeddings)
    client, name = bank.home._client, bank.home._collections.named(bank.home.fingerprint)
    points = [
        models.PointStruct(id=str(uuid.UUID(int=number)), vector={}, payload=payload_v1(number))
        for number in range(300)
    ]
    await client.upsert(name, points)
    await client.update_collection(name, metadata={"schema": 1})
    broken_off = client.update_collection
    client.update_collection = None
    with pytest.raises(TypeError):
        await bank.home._collections.checked(name, bank.home.fingerprint)
    assert (await bank.home._collections.metadata(name))["schema"] == 1
    client.update_collection = broken_off
    await bank.home._collections.checked(name, bank.home.fingerprint)
    assert (await bank.home._collections.metadata(name))["schema"] == 2
    found = [known async for known in bank.browse(Selection(user="anna"))]
    assert len(found) == 300
    assert await bank.count(scope) == 299
    await bank.close()
