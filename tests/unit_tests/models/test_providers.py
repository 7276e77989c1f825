import httpx
import pytest
from langchain_core.exceptions import OutputParserException
from qdrant_client.http.exceptions import ResponseHandlingException

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import find_providers, model_errors, providers, raise_if_blocking


def _nothing(port):
    return None


def test_a_bare_machine_has_nothing_better():
    assert find_providers({}, probe=_nothing) == []


def test_a_key_is_named_but_never_shown_and_the_line_says_what_to_install(monkeypatch):
    # `make bench` installs a rival that brings it.
    monkeypatch.setattr(providers, "find_spec", lambda package: package != "langchain_anthropic" or None)
    found = find_providers(
        {"ANTHROPIC_API_KEY": "s3cret", "OPENAI_API_KEY": "s3cret", "GROQ_API_KEY": " "}, probe=_nothing
    )
    lines = {provider.label: provider.line for provider in found}
    assert lines == {
        "OpenAI": "export ROLEPLAY_MODEL=openai:<model>",
        "Anthropic": "pip install langchain-anthropic && export ROLEPLAY_MODEL=anthropic:<model>",
    }
    assert "s3cret" not in repr(found)


def test_a_local_server_is_offered_with_a_model_that_it_has():
    (ollama, studio) = find_providers({}, probe={11434: ["llama3.2:1b"], 1234: []}.get)
    assert ollama.line.endswith("ROLEPLAY_MODEL=openai:llama3.2:1b")
    assert ":11434/v1" in ollama.line
    assert studio.line.endswith("ROLEPLAY_MODEL=openai:<model>")


def test_the_errors_of_a_model_are_a_typed_list():
    import openai

    errors = model_errors()
    assert {openai.OpenAIError, httpx.HTTPError, TimeoutError, ConnectionError, ModelError} < set(errors)
    assert OutputParserException in errors
    assert not {Exception, BaseException, ValueError, RuntimeError, OSError} & set(errors)


def test_an_error_that_wraps_no_blocking_call_passes():
    error = ValueError()
    error.__cause__ = error
    raise_if_blocking(error)


def test_a_blocking_call_is_found_however_deep():
    class BlockingError(Exception):
        pass

    outer, inner = ConnectionError(), OSError()
    outer.__cause__, inner.__context__ = inner, BlockingError()
    with pytest.raises(BlockingError):
        raise_if_blocking(outer)
    with pytest.raises(BlockingError):
        raise_if_blocking(ResponseHandlingException(outer))


def test_what_an_error_calls_its_source_need_not_be_an_error():
    error = ValueError()
    error.source = "a file"
    raise_if_blocking(error)
