"""One question: what it is set up with (`setup`), its state (`run`), what is read for it (`reading`, `whole`)."""
