"""The pages, a file for each: it reads state, asks core and draws."""
