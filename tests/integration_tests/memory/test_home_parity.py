"""Every home gives the same list for the same memories and question."""

import itertools

from langgraph_roleplay.memory import MemoryBank

WHO = ["Anna", "the captain", "my brother", "a stranger", "Dr Watson", "王小明"]
DID = ["drank tea", "found the letter", "lost a blue hat", "walked to the harbour", "喝了绿茶", "wrote a letter"]
WHEN = ["yesterday", "in the rain", "before breakfast", "at the old harbour", "on Sunday", "昨天"]
QUESTIONS = [
    "who wrote the letter",
    "the blue hat",
    "tea in the rain",
    "Anna harbour Sunday",
    "what did the captain find before breakfast",
    "王小明喝了什么茶",
    "stranger",
    "did Watson walk",
]


async def test_edge_and_memory_mode_recall_the_same_in_the_same_order(open_bank, embeddings, memory, scope):
    sentences = [" ".join(parts) + "." for parts in itertools.product(WHO, DID, WHEN)]
    said = [
        memory(text, turn=turn, thread=f"t{turn % 3}", message_id=f"m{turn}") for turn, text in enumerate(sentences)
    ]
    edge, plain = await open_bank(), await MemoryBank.open(":memory:", embeddings=embeddings)
    here = scope.model_copy(update={"lineage": tuple(f"m{turn}" for turn in range(0, 90))})
    for bank in (edge, plain):
        await bank.remember(said)
        await bank.settle_branch(scope, turn=150, message_ids=[f"m{turn}" for turn in range(160)])
    assert await edge.count(here) == await plain.count(here)
    for question, asked in itertools.product(QUESTIONS, (scope, here)):
        lists = [
            [hit.memory.id for hit in await bank.recall(question, scope=asked, k=20, exclude={"m1"})]
            for bank in (edge, plain)
        ]
        assert lists[0] == lists[1], question
        assert lists[0]
    await plain.close()
