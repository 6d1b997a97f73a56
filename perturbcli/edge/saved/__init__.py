"""Saved results read back."""
