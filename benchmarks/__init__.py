"""Accuracy against truth, and speed against peers."""
