"""What belongs to choosing rows, on whatever page: pool, strategy, rules, pins, the rows and why they are in."""
