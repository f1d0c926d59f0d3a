"""Language models behind OpenAI-compatible endpoints: asking one question, asking many, and keeping every answer."""
