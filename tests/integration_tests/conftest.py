"""Integration tests start real parts; the weights are pulled once into the developer's own home and used again."""

import subprocess
import sys
from pathlib import Path

import pytest

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import pull_model
from langgraph_roleplay.settings import Settings, read_settings


@pytest.fixture(scope="session")
def weights_settings() -> Settings:
    """Settings whose home has the weights of smollm2."""
    settings = Settings(home=read_settings().home)
    try:
        pull_model("smollm2", settings=settings)
    except ModelError as error:
        pytest.skip(f"the weights of smollm2 can't be pulled: {error}")
    return settings


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the checkout's own build folder stays as it is."""
    source, out = tmp_path_factory.mktemp("source") / "checkout", tmp_path_factory.mktemp("dist")
    subprocess.run(["git", "clone", "--quiet", str(Path(__file__).parents[2]), str(source)], check=True)
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(source)], check=True)
    (built,) = out.glob("*.whl")
    return built
