import pytest

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import load_chat_model, load_embeddings, profile_of
from langgraph_roleplay.models.spec import parse_spec
from langgraph_roleplay.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for key in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(key, raising=False)
    return Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("gpt", "write provider:model"),
        ("openai:", "write provider:model"),
        ("antropic:x", "nearest: anthropic"),
        ("claude:x", "nearest: anthropic"),
        ("gemini:x", "google_genai"),
        ("mistralai:x", "pip install langchain-mistralai"),
        ("openai:x", "OPENAI_API_KEY"),
        ("embedded:nothing", "roleplay models pull"),
        ("embedded:/no/such.gguf", "no weights '/no/such.gguf'"),
        ("embedded:../no/such/place", "no weights"),
    ],
)
def test_a_chat_model_that_cant_be_loaded_says_what_mends_it(spec, says, settings):
    with pytest.raises(ModelError) as caught:
        load_chat_model(spec, settings=settings)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("embedded:foo", "embedded:wordllama"),
        ("openai:x", "OPENAI_API_KEY"),
        ("cohere:x", "pip install langchain-cohere"),
        ("olama:x", "nearest: ollama"),
    ],
)
def test_embeddings_that_cant_be_loaded_say_what_mends_it(spec, says, settings):
    with pytest.raises(ModelError, match=says):
        load_embeddings(spec, settings=settings)


def test_a_remote_model_gets_the_timeout_of_the_settings_and_one_retry(settings, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    model = load_chat_model("openai:some-model", settings=settings.model_copy(update={"model_timeout": 7.0}))
    assert (model.request_timeout, model.max_retries) == (7.0, 1)


def test_a_file_that_is_no_gguf_is_refused_before_llama_cpp_sees_it(settings, tmp_path):
    (tmp_path / "cat.gguf").write_bytes(b"meow" * 100)
    with pytest.raises(ModelError, match="not a GGUF file"):
        load_chat_model(f"embedded:{tmp_path}/cat.gguf", settings=settings)


def test_a_model_name_may_hold_colons_and_a_provider_may_be_written_loosely():
    assert parse_spec(" Ollama:llama3.2:1b ") == ("ollama", "llama3.2:1b")
    assert parse_spec("google-genai:x").provider == "google_genai"


@pytest.mark.parametrize(
    ("spec", "prompt_tokens", "tools", "thinking", "embedded"),
    [
        ("embedded:smollm2", 1000, False, "quick", True),
        ("embedded:/a/b.gguf", 2000, True, "quick", True),
        ("anthropic:x", 8000, True, "measured", False),
    ],
)
def test_a_profile_knows_what_suits_the_model(spec, prompt_tokens, tools, thinking, embedded):
    profile = profile_of(spec)
    assert (profile.prompt_tokens, profile.tools, profile.thinking, profile.embedded) == (
        prompt_tokens,
        tools,
        thinking,
        embedded,
    )
    assert bool(profile.note) == (spec == "embedded:smollm2")
