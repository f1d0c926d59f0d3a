"""Tags: what each row is about in a few words, from a language model or from its own keyphrases."""
