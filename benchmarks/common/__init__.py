"""What the benchmarks share: recordings with their truth, conditions, peers, tables, intervals."""
