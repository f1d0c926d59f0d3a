"""How a size is counted and what rows cost: rows, tokens, minutes and money; every surface asks this room."""
