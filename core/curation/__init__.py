"""What a corpus is cleared of before rows are chosen: near-copies, leaks of benchmarks; and how it grows."""
