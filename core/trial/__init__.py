"""Small sets of rows on which the promises of a strategy or a metric are checked, and the outcome of each promise."""
