"""Memories on the move: export, backup, another home, another embedding."""
