"""What may go wrong when a model is asked: the typed list that a node may catch."""

import sys

import httpx
from langchain_core.exceptions import ModelError as LangChainModelError
from langchain_core.exceptions import OutputParserException

from langgraph_roleplay.errors import ModelError

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


def raise_if_blocking(error: BaseException) -> None:
    """Raise the dev server's `BlockingError` if it is what `error` wraps.

    SDKs turn whatever happens in their transport into a connection error; a blocking call in our own code must
    not pass for a network that is down.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        if type(link).__name__ == "BlockingError":
            raise link
        seen.add(id(link))
        link = link.__cause__ or link.__context__
