"""What is recalled, and in which order."""
