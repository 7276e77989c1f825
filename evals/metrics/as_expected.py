"""as_expected: whether a judge finds that the conversation did what its case expects. Needs ragas."""

import os
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from langchain_core.language_models import BaseChatModel

from langgraph_roleplay.evals.outcome import Score, replies_of, unscored
from langgraph_roleplay.models import model_errors

__all__ = ["KEY", "Judge", "create_as_expected"]

KEY = "as_expected"

Judge = Callable[[dict[str, Any], dict[str, Any]], Awaitable[Score]]


def create_as_expected(judge: BaseChatModel, *, timeout: float) -> Judge:
    """The metric: 1 where `judge` says pass, 0 where it says fail, None where it says nothing that can be read.

    ragas' `DiscreteMetric` (0.4) over pass and fail, one question a case, in the words of `evals/judge.md`.
    Blocks for seconds while ragas is imported.

    Args:
        judge: any LangChain chat model.
        timeout: seconds that one verdict may take.

    Raises:
        ImportError: ragas is not here, or does not go with the langchain-community that is.
    """
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # before its import: it reports its use otherwise
    from ragas.metrics import DiscreteMetric  # noqa: PLC0415 - 8 s, and only in the extra `evals`

    from langgraph_roleplay.evals.ragas_adapter import LangChainRagasLLM  # noqa: PLC0415 - imports ragas

    question = (files("langgraph_roleplay.evals") / "judge.md").read_text(encoding="utf-8")
    metric = DiscreteMetric(name=KEY, prompt=question, allowed_values=["pass", "fail"])
    llm = LangChainRagasLLM(judge, timeout=timeout)

    async def as_expected(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> Score:
        if (none := unscored(KEY, outputs)) is not None:
            return none
        if not replies_of(outputs):
            return {"key": KEY, "score": None, "comment": "nothing was said"}
        try:
            result = await metric.ascore(llm=llm, **_case(outputs, reference_outputs))
        except model_errors() as error:
            return {"key": KEY, "score": None, "comment": str(error) or "the judge took too long"}
        return {"key": KEY, "score": float(result.value == "pass"), "comment": result.reason or ""}

    return as_expected


def _case(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> dict[str, str]:
    user, character = outputs["user"], outputs["character"]
    spoken = [f"{user}: {turn['said']}\n{character}: {turn['reply']}" for turn in outputs["turns"]]
    return {
        "character": character,
        "description": outputs.get("description", ""),
        "conversation": "\n".join(spoken),
        "expected": reference_outputs["expected"],
    }
