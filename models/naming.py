"""What models call themselves."""

from langchain_core.language_models import BaseChatModel

__all__ = ["name_of"]


def name_of(model: BaseChatModel) -> str:
    """The model's own name; that of its class where it has none."""
    return str(getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__)
