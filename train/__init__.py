"""Training of the embedded models: pages, icons, and what is learnt from them. Needs the extra `train`."""
