"""What stands around writing: the outbox, limits, retention."""
