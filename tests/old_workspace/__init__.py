"""A workspace that an early version of the app made, kept so that every later version still opens it."""
