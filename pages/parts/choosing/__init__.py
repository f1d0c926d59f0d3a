"""The parts for choosing rows, used by several pages: pool, strategy, rules, pins, the rows and why they are in."""
