"""Documents that stand behind a character: read, divided into chapters, and cut into passages."""

from langgraph_roleplay.personas.documents.chunking import Passage, chunk
from langgraph_roleplay.personas.documents.document import Document, DocumentError, Section
from langgraph_roleplay.personas.documents.reading import DOCUMENT_SUFFIXES, load_document

__all__ = ["DOCUMENT_SUFFIXES", "Document", "DocumentError", "Passage", "Section", "chunk", "load_document"]
