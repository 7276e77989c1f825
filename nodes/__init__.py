"""What happens at each station of a turn: one verb a file, whose function is the node of that name."""
