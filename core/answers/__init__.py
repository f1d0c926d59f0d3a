"""What a model answers to each row's prompt when it is asked several times, and what that says of the rows."""
