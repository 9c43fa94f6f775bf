"""The reader: what a question asks, as typed values."""
