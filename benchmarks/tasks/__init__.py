"""One module a task of `benchmarks.acoustic_accuracy`; each has `tables(...)`."""
