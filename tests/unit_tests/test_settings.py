"""Settings: the environment is read once, in one place, and a wrong value is named."""

from pathlib import Path

import pytest

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.settings import Settings, read_settings


def test_an_empty_environment_gives_the_embedded_defaults():
    settings = read_settings({})
    assert (settings.model, settings.embeddings) == ("embedded:smollm2", "embedded:wordllama")
    assert settings.memory == str(settings.home / "memory")


def test_a_tilde_in_a_folder_is_the_home_folder():
    assert read_settings({"ROLEPLAY_HOME": "~/rp"}).home == Path.home() / "rp"


def test_an_empty_variable_is_as_good_as_none():
    assert read_settings({"ROLEPLAY_MODEL": ""}) == Settings()


def test_a_qdrant_server_beats_the_folder_and_its_key_is_not_printed():
    settings = read_settings({"QDRANT_URL": "http://qdrant:6333", "QDRANT_API_KEY": "hush"})
    assert settings.memory == "http://qdrant:6333"
    assert settings.qdrant_key == "hush"
    assert read_settings({}).qdrant_key is None
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QDRANT_URL", "nonsense"),
        ("ROLEPLAY_PRICE", "cheap"),
        ("ROLEPLAY_FALLBACK_PRICE", "1"),
        ("ROLEPLAY_MEMORY_KEEP", "soon"),
        ("ROLEPLAY_MEMORY_LIMIT", "0"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_its_variable(variable, value):
    with pytest.raises(SettingsError, match=f"{variable}={value!r}"):
        read_settings({variable: value})


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("ROLEPLAY_MEMORY_KEEP", r"no age: write 90d \(days\), 12w \(weeks\) or 2y \(years\)"),
        ("ROLEPLAY_PRICE", "write 0.15/0.60"),
        ("ROLEPLAY_FALLBACK_PRICE", "write 0.15/0.60"),
        ("QDRANT_URL", r"write http\(s\)://host:6333"),
    ],
)
def test_how_a_value_is_written_is_said_without_a_pattern(variable, words):
    with pytest.raises(SettingsError, match=words) as refused:
        read_settings({variable: "abc"})
    assert "pattern" not in str(refused.value)


def test_a_price_is_dollars_per_million_tokens_in_and_out():
    settings = read_settings({"ROLEPLAY_PRICE": "0.15/0.60", "ROLEPLAY_FALLBACK_PRICE": "1/2"})
    assert settings.token_price == (0.15, 0.6)
    assert settings.fallback_token_price == (1.0, 2.0)


@pytest.mark.parametrize("value", ["soon", "0", "-3", "1e9"])
def test_a_wrong_time_out_is_named_with_its_variable(value):
    with pytest.raises(SettingsError, match="ROLEPLAY_MODEL_TIMEOUT"):
        read_settings({"ROLEPLAY_MODEL_TIMEOUT": value})
