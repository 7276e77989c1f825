"""`roleplay memory` on a real home: Edge, its owner process, the conversations' file and the outbox."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from langgraph_roleplay import Context, Memory, Scope, ScriptedChatModel, Settings
from langgraph_roleplay.cli import main
from langgraph_roleplay.cli.conversation import Conversation
from langgraph_roleplay.cli.forgetting import Wish, forget
from langgraph_roleplay.cli.memory_bank import open_memory
from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import Selection, filters
from langgraph_roleplay.memory.distilling.ledger import Ledger, write_ledger
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.resources import Resources

ROLEPLAY = str(Path(sys.executable).with_name("roleplay"))
SECRET = "My parrot Ignatius Montmorency hides the stolen pearls."
QUESTION = "What hides the stolen pearls of the parrot Ignatius?"


async def fill(settings):
    """Two conversations of Ada with Holmes, the second of which recalls the first, and one of Ben's."""
    count = 0

    def answer(messages):
        nonlocal count
        count += 1
        return f"The clue marked {count} lies on the table. Observe number {count} closely."

    resources = Resources(settings=settings, model=ScriptedChatModel([answer], loop=True))
    async with open_threads(settings.threads) as saver:
        graph = build_turn(resources).compile(checkpointer=saver)
        for thread, user, texts in (
            ("first", "Ada", ["Good evening.", SECRET, "I keep bees in Sussex."]),
            ("second", "Ada", [QUESTION]),
            ("third", "Ben", ["The weather is fine in Brighton."]),
        ):
            context = Context(thinking="quick", user_name=user)
            notes = {"persona_ref": "sherlock-holmes", "user_name": user, "greeting": 1}
            talk = Conversation(graph, saver=saver, thread=thread, context=context, resources=resources, notes=notes)
            for text in texts:
                assert [part async for part in talk.say(text)]
        bank = await resources.memory()
        secret = await one(bank, SECRET)
        fields = {"speaker": "Sherlock Holmes", "character": "sherlock-holmes", "user": "Ada", "thread": "first"}
        fact = Memory(text="Ada's parrot hides pearls.", kind="fact", evidence=(secret.id,), **fields)
        doubt = Memory(
            text="Ada's parrot Ignatius Montmorency is a thief.",
            kind="quarantine",
            evidence=(secret.id,),
            metadata={"rule": "self-echo", "reason": "it was just recalled"},
            **fields,
        )
        await bank.remember([fact, doubt])
        await write_ledger(bank, Ledger(runs=3, failures=1, reason="timeout"), user="Ada", character="alice")
        scope = Scope(character="sherlock-holmes", user="Ada", thread="away", branch=("h1",))
        waiting = Memory(text=SECRET, message_id="waiting", key="h1", turn=1, **fields | {"thread": "away"})
        await resources.outbox.put(Letter(scope=scope, turn=1, memories=(waiting,)))
    await resources.aclose()


async def one(bank, text):
    return next(iter([memory async for memory in bank.browse(Selection(user="Ada")) if memory.text == text]))


@pytest.fixture
def home(tmp_path):
    settings = Settings(home=tmp_path / "home")
    asyncio.run(fill(settings))
    return settings.home


def command(home, capsys, monkeypatch):
    """Run `roleplay memory …` in this process, which has imported everything already; gives code, stdout and stderr."""

    def run(*arguments, **variables):
        with monkeypatch.context() as environ:
            for name in [name for name in os.environ if name.startswith(("ROLEPLAY_", "QDRANT_"))]:
                environ.delenv(name)
            for name, value in ({"ROLEPLAY_HOME": str(home), "COLUMNS": "200"} | variables).items():
                environ.setenv(name, value)
            environ.setattr(sys, "argv", ["roleplay", "memory", *arguments])
            capsys.readouterr()
            code = 0
            try:
                main()
            except SystemExit as left:
                code = left.code
            out, err = capsys.readouterr()
        return SimpleNamespace(returncode=code or 0, stdout=out, stderr=err)

    return run


@pytest.fixture
def roleplay(home, capsys, monkeypatch):
    return command(home, capsys, monkeypatch)


def holding(home, text):
    """The files in which `text` is, byte for byte."""
    files = (path for path in home.rglob("*") if path.is_file() and path.stat().st_size)
    return sorted(str(path.relative_to(home)) for path in files if text.encode() in path.read_bytes())


def listed(roleplay, *arguments):
    done = roleplay("list", "--json", *arguments)
    return {memory["text"]: memory for memory in json.loads(done.stdout)} if done.returncode == 0 else {}


def test_one_memory_that_is_forgotten_is_in_no_byte_of_the_home(roleplay, home):
    assert holding(home, SECRET)
    secrets = [each["id"] for each in json.loads(roleplay("list", "--user", "Ada", "--json").stdout)
               if each["text"] == SECRET]  # fmt: skip
    assert len(secrets) == 2  # one of them waited in the outbox
    done = roleplay("forget", *secrets, "--user", "Ada", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 memories are gone" in done.stdout
    assert "Conversations kept without it" in done.stdout
    assert "traces already sent" in done.stdout
    for text in (SECRET, SECRET[:40], "Ignatius Montmorency"):
        assert holding(home, text) == []
    left = listed(roleplay, "--user", "Ada")
    assert {"Good evening.", "I keep bees in Sussex.", QUESTION} <= {*left}
    found = roleplay("search", "pearls of the parrot Ignatius", "--user", "Ada", "--json")
    assert SECRET not in found.stdout
    out = home.parent / "out.jsonl"
    assert roleplay("export", str(out)).returncode == 0
    assert "Montmorency" not in out.read_text()


def test_what_is_said_while_the_question_stands_is_forgotten_too(home):
    settings = Settings(home=home)
    late = Memory(text="By the way, bees.", speaker="Ada", character="alice", user="Ada", thread="first")

    async def remember():
        async with open_memory(settings) as memory:
            await memory.bank.remember([late])

    def agree(plan):
        another_window = Thread(target=asyncio.run, args=(remember(),))
        another_window.start()
        another_window.join()
        return True

    told = asyncio.run(forget(Wish(user="Ada", thread="first"), settings=settings, agree=agree))
    assert "Conversations deleted: first." in told
    assert holding(home, late.text) == []


def test_one_message_one_conversation_and_everything_of_a_user_are_forgotten(roleplay, home):
    message = listed(roleplay, "--user", "Ada", "--thread", "first")[SECRET]["message_id"]
    done = roleplay("forget", "--message", message, "--thread", "first", "--user", "Ada", "--yes")
    assert done.returncode == 0, done.stderr
    assert SECRET not in listed(roleplay, "--user", "Ada", "--thread", "first")
    assert roleplay("forget", "--thread", "second", "--user", "Ada", "--yes").returncode == 0
    assert holding(home, QUESTION) == []
    done = roleplay("forget", "--everything", "--user", "Ada", "--yes")
    assert "Conversations deleted: first." in done.stdout
    for text in ("bees in Sussex", "Montmorency", "Good evening"):
        assert holding(home, text) == []
    assert roleplay("list", "--user", "Ada").returncode == 1
    assert len(listed(roleplay, "--user", "Ben")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["search", "  "], 1, "the query is empty"),
        (["search", "bees", "--user", "Nobody"], 1, "no memories of 'Nobody'"),
        (["list", "--user", "Nobody"], 1, "no memories of 'Nobody'"),
        (["show", "nonsense", "--user", "Ada"], 1, "no memory 'nonsense' of Ada"),
        (["show", "21821faa-2c80-5aa6-bab3-b5185e506fc3", "--user", "Ada"], 1, "no memory"),
        (["edit", "nonsense", "words", "--user", "Ada"], 1, "no memory 'nonsense'"),
        (["edit", "nonsense", " ", "--user", "Ada"], 1, "needs words"),
        (["hide", "nonsense", "--user", "Ada"], 1, "no memory 'nonsense'"),
        (["forget", "nonsense", "--user", "Ada", "--yes"], 1, "'nonsense' is no id"),
        (["forget", "--thread", "nowhere", "--user", "Ada", "--yes"], 1, "nothing of 'Ada' to forget"),
        (["forget", "--user", "Ada", "--yes"], 2, "--everything"),
        (["forget", "--everything", "--thread", "first", "--yes"], 2, "--everything"),
        (["forget", "--everything", "--user", "Ada"], 2, "--yes"),
        (["keep", "soon"], 1, "'soon' is no age"),
        (["keep", "-1d"], 2, "-1"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(shared, arguments, code, words):
    done = shared(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    if code == 1:
        assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory):
    """A home that nothing is deleted from."""
    settings = Settings(home=tmp_path_factory.mktemp("shared") / "home")
    asyncio.run(fill(settings))
    return settings.home


@pytest.fixture
def shared(lasting_home, capsys, monkeypatch):
    return command(lasting_home, capsys, monkeypatch)


def test_the_command_itself_lists_and_ends_with_code_1_and_one_line_for_a_stranger(lasting_home):
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("ROLEPLAY_", "QDRANT_"))}
    command = [ROLEPLAY, "memory", "list", "--user"]
    for user, code, lines in (("Ada", 0, 12), ("Nobody", 1, 0)):
        done = subprocess.run(
            [*command, user],
            capture_output=True,
            env=environ | {"ROLEPLAY_HOME": str(lasting_home)},
            timeout=100,
            check=False,
        )
        assert (done.returncode, len(done.stdout.splitlines())) == (code, lines)
        assert len(done.stderr.splitlines()) == code


def test_search_narrows_by_conversation_and_kind_and_says_why(shared):
    done = shared("search", "parrot hides pearls", "--user", "Ada", "--kind", "fact", "--json")
    (hit,) = json.loads(done.stdout)
    assert hit["memory"]["text"] == "Ada's parrot hides pearls."
    assert hit["why"]
    done = shared("search", "parrot hides pearls", "--user", "Ada", "--thread", "second", "--json")
    assert {hit["memory"]["thread"] for hit in json.loads(done.stdout)} == {"second"}
    assert json.loads(shared("search", "parrot", "--user", "Ben", "--character", "alice", "--json").stdout) == []


def test_a_list_has_pages_the_latest_first(shared):
    first = shared("list", "--user", "Ada", "--limit", "4")
    assert len(first.stdout.splitlines()) == 4
    assert "--page 2 shows the next" in first.stderr
    pages = [json.loads(shared("list", "--user", "Ada", "--limit", "4", "--page", str(n), "--json").stdout)
             for n in (1, 2, 3, 4)]  # fmt: skip
    ids = [memory["id"] for page in pages for memory in page]
    assert len(ids) == len({*ids}) == 12
    times = [memory["at"] for page in pages for memory in page]
    assert times == sorted(times, reverse=True)


def test_show_tells_what_rests_on_a_memory(shared):
    (secret, *_) = [each for each in json.loads(shared("list", "--user", "Ada", "--thread", "first", "--json").stdout)
                    if each["text"] == SECRET]  # fmt: skip
    shown = shared("show", secret["id"], "--user", "Ada").stdout
    assert "message_id" in shown
    assert "evidence_of" in shown
    assert "Ada's parrot hides pearls." in shown


def test_stats_count_kinds_quarantine_limits_and_what_waits(shared):
    stats = json.loads(shared("stats", "--user", "Ada", "--json").stdout)
    assert stats["kinds"] == {"turn": 9, "fact": 1, "quarantine": 1, "ledger": 1}
    assert stats["quarantined"] == {"self-echo": 1}
    assert stats["distilling"]["alice"]["runs"] == 3
    assert stats["outbox"]["letters"] == 0
    assert "wordllama" in stats["embedding"]
    told = shared("stats", "--user", "Ada").stdout
    assert "quarantine  self-echo 1" in told
    assert "alice: 3 runs, the last never, 1 failed, the last: timeout" in told


def test_an_edited_memory_says_the_new_words_and_its_old_ones_are_out_of_the_memory(roleplay, home):
    fact = listed(roleplay, "--user", "Ada")["Ada's parrot hides pearls."]
    done = roleplay("edit", fact["id"], "Ada's parrot collects buttons.", "--user", "Ada")
    assert done.returncode == 0, done.stderr
    assert "Ada's parrot collects buttons." in listed(roleplay, "--user", "Ada")
    assert holding(home / "memory", "Ada's parrot hides pearls.") == []


def test_a_hidden_memory_is_not_recalled_until_it_is_shown_again(roleplay):
    bees = listed(roleplay, "--user", "Ada")["I keep bees in Sussex."]

    def seen():
        return "I keep bees" in roleplay("search", "bees in Sussex", "--user", "Ada").stdout

    assert seen()
    assert roleplay("hide", bees["id"], "--user", "Ada").returncode == 0
    assert not seen()
    assert roleplay("unhide", bees["id"], "--user", "Ada").returncode == 0
    assert seen()


def test_what_is_in_quarantine_is_let_in_or_deleted_on_the_users_word(roleplay):
    (doubt,) = listed(roleplay, "--user", "Ada", "--kind", "quarantine").values()
    refused = roleplay("approve", doubt["id"], "--user", "Ada")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "can't be read as a memory" in refused.stderr
    assert "Gone from quarantine: Ada's parrot" in roleplay("reject", doubt["id"], "--user", "Ada").stdout
    assert listed(roleplay, "--user", "Ada", "--kind", "quarantine") == {}


def changed(home, change):
    """Change the memory of a home as another program would."""

    async def work():
        async with open_memory(Settings(home=home)) as memory:
            await change(memory.bank)

    asyncio.run(work())


def test_what_is_hidden_abandoned_or_replaced_says_so(roleplay, home):
    known = listed(roleplay, "--user", "Ada")
    bees, fact, lost = (known[text] for text in ("I keep bees in Sussex.", "Ada's parrot hides pearls.", QUESTION))
    fields = {"speaker": "Ada", "character": "sherlock-holmes", "user": "Ada", "thread": "first"}

    async def change(bank):
        await bank.remember([Memory(text="Ada's parrot is dead.", kind="fact", supersedes=(fact["id"],), **fields)])
        await bank.home.mark(filters.among("Ada", [lost["id"]]), {"abandoned": 1})

    changed(home, change)
    assert "1 memory is hidden." in roleplay("hide", bees["id"], "--user", "Ada").stdout
    assert "is hidden already" in roleplay("hide", bees["id"], "--user", "Ada").stdout
    rows = {row.split("\t")[-2]: row.split("\t")[-1] for row in roleplay("list", "--user", "Ada").stdout.splitlines()}
    for state, memory in (("hidden", bees), ("replaced", fact), ("abandoned", lost)):
        assert rows.pop(memory["id"]) == state
        shown = roleplay("show", memory["id"], "--user", "Ada").stdout.splitlines()
        assert f"{'state':<12}{state}" in shown
        told = json.loads(roleplay("show", memory["id"], "--user", "Ada", "--json").stdout)
        assert told == told | {name: name == state for name in ("hidden", "abandoned", "replaced")}
        assert listed(roleplay, "--user", "Ada")[memory["text"]][state] is True
    assert {*rows.values()} == {""}
    assert "seen again" in roleplay("unhide", bees["id"], "--user", "Ada").stdout
    assert "was not hidden" in roleplay("unhide", bees["id"], "--user", "Ada").stdout


def test_a_message_that_is_in_several_conversations_is_forgotten_in_none_until_one_is_named(roleplay, home):
    fields = {"speaker": "Ada", "character": "alice", "user": "Ada", "message_id": "same"}
    twins = [Memory(text="Good morning, everybody.", thread=thread, **fields) for thread in ("one", "two")]
    changed(home, lambda bank: bank.remember(twins))
    done = roleplay("forget", "--message", "same", "--user", "Ada", "--yes")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "one, two" in done.stderr
    assert "--thread" in done.stderr

    def left():
        found = json.loads(roleplay("list", "--user", "Ada", "--character", "alice", "--json").stdout)
        return [each["thread"] for each in found if each["text"] == twins[0].text]

    assert sorted(left()) == ["one", "two"]
    done = roleplay("forget", "--message", "same", "--thread", "one", "--user", "Ada", "--yes")
    assert "1 memory is gone." in done.stdout
    assert "1 other memory shares words with it" in done.stdout
    assert left() == ["two"]


def test_keep_deletes_what_is_older_by_command_and_by_setting(roleplay, home):
    async def age(text):
        resources = Resources(settings=Settings(home=home))
        bank = await resources.memory()
        at = datetime.now(UTC) - timedelta(days=100)
        old = Memory(text=text, speaker="Ada", character="alice", user="Ada", thread="old", at=at)
        await bank.remember([old])
        await resources.aclose()

    asyncio.run(age("An old grudge against Moriarty."))
    assert (
        "or resting on nothing younger: 1 memory of Ada."
        in roleplay("keep", "90d", "--user", "Ada", "--dry-run").stdout
    )
    assert "An old grudge against Moriarty." in listed(roleplay, "--user", "Ada")
    assert "Deleted 1 memory." in roleplay("keep", "90d", "--yes").stdout
    assert holding(home, "grudge against Moriarty") == []
    asyncio.run(age("An old love of Irene."))
    assert roleplay("stats", ROLEPLAY_MEMORY_KEEP="90d").returncode == 0
    assert "An old love of Irene." not in listed(roleplay, "--user", "Ada", "--thread", "old")
