"""Small rows on which a strategy or a metric is tried out, and what came of each promise it makes."""
