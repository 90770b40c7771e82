"""What was agreed: standard library only; no clock, no database, no request.

A rule answers a question and returns a value or a `Refusal`; time and chance are handed to it.
"""
