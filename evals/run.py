"""Run a suite offline: hold its conversations and score them through LangSmith's `aevaluate`; nothing is sent."""

import asyncio
import io
import math
import uuid
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_core.language_models import BaseChatModel
from langsmith import aevaluate, tracing_context
from langsmith.evaluation import EvaluationResult
from langsmith.schemas import Example

from langgraph_roleplay.context import Context
from langgraph_roleplay.evals.controls import judge_the_judge
from langgraph_roleplay.evals.metrics import distinct_2, faultless
from langgraph_roleplay.evals.metrics.as_expected import KEY, create_as_expected
from langgraph_roleplay.evals.offline import OfflineClient, without_tracing
from langgraph_roleplay.evals.outcome import Score
from langgraph_roleplay.evals.play import Stage, play_case
from langgraph_roleplay.evals.result import CaseResult, SuiteResult, describe_broken_off
from langgraph_roleplay.evals.suites import Case, choose_cases, load_suite
from langgraph_roleplay.models import load_chat_model, load_embeddings
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

__all__ = ["run_suite"]

Metric = Callable[..., Any]
_NAMESPACE = uuid.UUID("b1e1f6f2-53b6-4c8c-9a53-2d6a1c3b7a10")


@dataclass(frozen=True)
class _Jury:
    """The metrics of a run, and who judges."""

    metrics: dict[str, Metric]
    judge: str = ""
    notes: tuple[str, ...] = ()


async def run_suite(
    suite: str,
    *,
    settings: Settings,
    persona: str | None = None,
    model: BaseChatModel | str | None = None,
    judge: BaseChatModel | str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> SuiteResult:
    """Run the suite of this name.

    Without ragas the judged metric is left out, and a note says how to get it.

    Args:
        suite: see `suite_names()`.
        settings: model, embeddings, personas, timeout.
        persona: ask this character alone, and leave out cases about another one.
        model: who is evaluated; None means the settings' model.
        judge: who judges; None means the evaluated model itself.
        limit: how many cases at most.
        progress: told how many of all cases are done.

    Raises:
        RoleplayError: no such suite or persona, or the model can't be loaded.
    """
    personas = PersonaLibrary(settings.cast)
    chosen = await asyncio.to_thread(personas.get, persona) if persona else None
    cases = choose_cases(load_suite(suite), persona=chosen.id if chosen else None, limit=limit)
    answering = model or settings.model
    begun = datetime.now().astimezone().isoformat(timespec="seconds")
    with without_tracing():
        stage = await _set_stage(settings, personas, model)
        jury = await _call_jury(judge or answering, settings, answering=answering)
        results = await _evaluate(cases, persona, stage, list(jury.metrics.values()), progress)
    return SuiteResult(
        suite=suite,
        model=_name(answering),
        judge=jury.judge,
        begun=begun,
        metrics=tuple(jury.metrics),
        cases=results,
        notes=tuple(filter(None, (describe_broken_off(results), *jury.notes))),
    )


async def _set_stage(settings: Settings, personas: PersonaLibrary, model: BaseChatModel | str | None) -> Stage:
    embeddings = await asyncio.to_thread(load_embeddings, settings.embeddings, settings=settings)
    # A model that can't be loaded is an error at once, not one in every case.
    await Resources(settings=settings, model=model).chat_model(Context())
    return Stage(settings=settings, personas=personas, embeddings=embeddings, model=model)


async def _call_jury(judge: BaseChatModel | str, settings: Settings, *, answering: BaseChatModel | str) -> _Jury:
    metrics: dict[str, Metric] = {"faultless": faultless, "distinct_2": distinct_2}
    try:
        model = await asyncio.to_thread(load_chat_model, judge, settings=settings) if isinstance(judge, str) else judge
        judged = await asyncio.to_thread(create_as_expected, model, timeout=settings.model_timeout)
    except ImportError as error:
        return _Jury(metrics, notes=(f"{KEY} was left out ({error}): pip install 'langgraph-roleplay[evals]'",))
    return _Jury(
        {**metrics, KEY: judged}, _name(judge), notes=(*_warnings(answering, judge), await judge_the_judge(judged))
    )


def _warnings(answering: BaseChatModel | str, judge: BaseChatModel | str) -> tuple[str, ...]:
    return (f"{KEY} is the model's word on itself: --judge names another.",) if judge == answering else ()


async def _evaluate(
    cases: Sequence[Case],
    persona: str | None,
    stage: Stage,
    metrics: Sequence[Metric],
    progress: Callable[[int, int], object],
) -> tuple[CaseResult, ...]:
    by_id = {uuid.uuid5(_NAMESPACE, case.id): case for case in cases}
    examples = [
        Example(id=key, inputs={"case": case.id}, outputs={"expected": case.expected}) for key, case in by_id.items()
    ]
    done = iter(range(1, len(cases) + 1))

    async def hold(inputs: dict[str, Any]) -> dict[str, Any]:
        case = by_id[uuid.uuid5(_NAMESPACE, inputs["case"])]
        ref = persona or case.persona or str(Context().persona)
        # `aevaluate` has switched tracing on again for its target; in here are the models' own calls.
        with tracing_context(enabled=False, parent=False):
            outcome = await play_case(case, await _find(stage.personas, ref), ref=ref, stage=stage)
        progress(next(done), len(cases))
        return dict(outcome)

    rows = await _aevaluate_quietly(hold, examples, metrics)
    return tuple(_read_row(row, by_id[row["example"].id]) for row in rows)


async def _find(personas: PersonaLibrary, ref: str) -> Persona:
    return await asyncio.to_thread(personas.get, ref)


async def _aevaluate_quietly(target: Metric, examples: list[Example], metrics: Sequence[Metric]) -> list[Any]:
    silence = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(silence), redirect_stderr(silence):
        warnings.filterwarnings("ignore", message=".*upload_results.*")  # "is in beta"
        results = await aevaluate(
            target,
            data=examples,
            evaluators=list(metrics),
            max_concurrency=1,  # an embedded model answers one at a time
            client=OfflineClient(),
            upload_results=False,
            disable_evaluator_tracing=True,
        )
        return [row async for row in results]


def _read_row(row: Any, case: Case) -> CaseResult:
    run = row["run"]
    outcome = run.outputs or None
    scores = [_read_score(result) for result in row["evaluation_results"]["results"]]
    return CaseResult(
        case=case,
        outcome=outcome,
        error=run.error or (outcome or {}).get("error", ""),
        scores={score["key"]: score for score in scores},
    )


def _read_score(result: EvaluationResult) -> Score:
    score = None if result.score is None or math.isnan(result.score) else float(result.score)
    return {"key": result.key, "score": score, "comment": result.comment or ""}


def _name(model: BaseChatModel | str) -> str:
    return model if isinstance(model, str) else type(model).__name__
