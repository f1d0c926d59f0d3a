"""What every page shares: the frame, the session, errors, jobs, figures, the reading card."""
