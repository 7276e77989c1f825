import subprocess
import sys

import pytest

from langgraph_roleplay import models

HEAVY = ("openai", "langchain_openai", "langchain", "langchain_core", "xllamacpp", "wordllama", "numpy", "httpx", "pip")


def test_importing_the_folder_imports_no_model_library():
    program = f"import sys, langgraph_roleplay.models; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_found_and_the_list_is_sorted():
    assert models.__all__ == sorted(models.__all__)
    for name in models.__all__:
        assert getattr(models, name).__module__.startswith("langgraph_roleplay.")
    assert set(models.__all__) <= set(dir(models))


def test_a_name_that_isnt_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="load_chat_modle"):
        _ = models.load_chat_modle
