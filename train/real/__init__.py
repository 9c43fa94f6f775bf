"""Pages made of real component libraries: their style sheets and scripts, in their own documented mark-up."""
