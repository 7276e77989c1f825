"""Metrics: functions of a case's outputs and reference, for LangSmith's `evaluate` and for a plain loop."""

from langgraph_roleplay.evals.metrics.distinct_2 import distinct_2
from langgraph_roleplay.evals.metrics.faultless import faultless

__all__ = ["distinct_2", "faultless"]
