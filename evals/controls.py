"""Control questions to a judge: cases so plain that a verdict on them tells of the judge alone."""

import json
from importlib.resources import files

from langgraph_roleplay.evals.metrics.as_expected import Judge

__all__ = ["judge_the_judge"]

_WHO = {
    "character": "Sherlock Holmes",
    "user": "Visitor",
    "description": "The consulting detective of 221B Baker Street.",
}


async def judge_the_judge(judge: Judge) -> str:
    """One line on how many of the control questions `judge` got right; half of them should fail."""
    lines = (files("langgraph_roleplay.evals") / "controls.jsonl").read_text(encoding="utf-8").splitlines()
    controls = [json.loads(line) for line in lines]
    right = 0
    for control in controls:
        outputs = {**_WHO, "turns": [{"said": control["said"], "reply": control["reply"]}]}
        found = await judge(outputs, {"expected": control["expected"]})
        right += found["score"] == float(control["verdict"] == "pass")
    doubt = "" if right == len(controls) else ", so its verdicts prove little"
    return f"The judge got {right} of {len(controls)} control questions right{doubt}."
