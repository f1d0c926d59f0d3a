"""What the browser gets before the app answers: the page's first colours, and the scripts that must run first."""
