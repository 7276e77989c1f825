"""Any LangChain chat model as ragas' language model. Importing this imports ragas: only an eval does."""

import asyncio
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from pydantic import BaseModel
from ragas.llms.base import InstructorBaseRagasLLM

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import LadderMemory, ask_structured

__all__ = ["LangChainRagasLLM"]

T = TypeVar("T", bound=BaseModel)


class LangChainRagasLLM(InstructorBaseRagasLLM):  # type: ignore[misc]  # ragas is not there where types are checked
    """What ragas' current metrics (`ragas.metrics.collections`, `DiscreteMetric`) ask; they refuse LangChain's models.

    Args:
        model: any chat model; one without structured output is asked for JSON, then for lines.
        timeout: seconds that one answer may take.
    """

    def __init__(self, model: BaseChatModel, *, timeout: float = 120.0) -> None:
        self._model = model
        self._timeout = timeout
        self._memory = LadderMemory()

    async def agenerate(self, prompt: str, response_model: type[T]) -> T:
        """Ask `prompt` once for a `response_model`.

        Raises:
            ModelError: the model failed, or what it wrote could not be read; nothing is made up in its place.
            TimeoutError: it took too long.
        """
        # A default without its required fields can't pass for an answer, nor lend a missing field its value.
        nothing = response_model.model_construct()
        async with asyncio.timeout(self._timeout):
            answer = await ask_structured(
                self._model, [HumanMessage(prompt)], response_model, default=nothing, memory=self._memory
            )
        if answer.rung == "default":
            raise ModelError(f"The judge gave no answer that can be read: {answer.error}")
        return answer.value

    def generate(self, prompt: str, response_model: type[T]) -> T:
        """`agenerate` for callers without an event loop; inside one, use `agenerate` (ragas: `ascore`)."""
        return asyncio.run(self.agenerate(prompt, response_model))
