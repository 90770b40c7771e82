"""The house: what both parties of a contract share. Imports nothing, so that rules stay pure."""
