"""The product on a phone: reached or not, kept for where no signal is, installed."""
