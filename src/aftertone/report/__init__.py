"""Outcomes as files, as text on a terminal and as pages."""

from __future__ import annotations

from aftertone.measurements import Measurements
from aftertone.outcome import SCHEMA_VERSION, Outcome
from aftertone.playbook import Review
from aftertone.report.formats import check_report_path, read_outcomes, read_reviews, write_report
from aftertone.report.ledger import KeptOutcomes
from aftertone.report.summary import Summary

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

to_dict = Review.to_dict
measurements_dict = Measurements.to_dict
outcome_dict = Outcome.to_dict
