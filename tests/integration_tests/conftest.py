"""Integration tests start real parts; the weights are pulled once into the developer's own home and used again."""

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
