"""What we promise about speed, as programs that print ratios to a baseline of the same run."""
