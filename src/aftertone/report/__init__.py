"""Outcomes become files, tables and text."""
