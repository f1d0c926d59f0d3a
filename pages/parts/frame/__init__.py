"""The parts that all pages share: the frame, the session, errors, jobs, figures, the reading card."""
