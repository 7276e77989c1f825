"""The homes: Qdrant Edge behind its owner process, and what qdrant-client reaches."""
