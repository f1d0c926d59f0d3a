"""One file a trainer's format: its layout, its configuration, and what of a conversation it cannot say."""
