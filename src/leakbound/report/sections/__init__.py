"""The sections of a report, in three groups: for the decision, on the past, and the appendix."""
