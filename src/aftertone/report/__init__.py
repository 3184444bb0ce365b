"""Outcomes become files and text for the terminal."""

from __future__ import annotations

from aftertone.outcome import Outcome
from aftertone.report.files import check_report_path, write_report
from aftertone.report.ledger import KeptOutcomes
from aftertone.report.read import read_outcomes, read_reviews
from aftertone.report.summary import Summary
from aftertone.report.tree import SCHEMA_VERSION, measurements_dict, outcome_dict, to_dict

__all__ = [
    "SCHEMA_VERSION",
    "KeptOutcomes",
    "Outcome",
    "Summary",
    "check_report_path",
    "measurements_dict",
    "outcome_dict",
    "read_outcomes",
    "read_reviews",
    "to_dict",
    "write_report",
]
