"""What a model makes of turns, and the gate in front of it."""
