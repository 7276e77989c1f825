"""What may go wrong when a model is asked: the typed list that a node may catch."""

import sys

import httpx
from langchain_core.exceptions import ModelError as LangChainModelError
from langchain_core.exceptions import OutputParserException

from langgraph_roleplay.errors import ModelError, raise_if_blocking

__all__ = ["model_errors", "raise_if_blocking"]

_ALWAYS = (
    httpx.HTTPError,
    TimeoutError,
    ConnectionError,
    ModelError,
    OutputParserException,
    LangChainModelError,
)

_PROVIDERS = (
    ("openai", "OpenAIError"),
    ("anthropic", "AnthropicError"),
    ("google.genai.errors", "APIError"),
    ("google.api_core.exceptions", "GoogleAPIError"),
    ("langchain_google_genai.chat_models", "ChatGoogleGenerativeAIError"),
    ("groq", "GroqError"),
    ("mistralai.models", "SDKError"),
    ("ollama", "ResponseError"),
    ("cohere.core", "ApiError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
)


def model_errors() -> tuple[type[BaseException], ...]:
    """The exceptions that mean "the model couldn't answer".

    A provider's own are looked up among the modules already imported: what was never imported can't be raised.
    """
    found = (getattr(sys.modules.get(module), name, None) for module, name in _PROVIDERS)
    return (*_ALWAYS, *(error for error in found if isinstance(error, type) and issubclass(error, Exception)))
