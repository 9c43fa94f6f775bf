"""First floor: who looks and who speaks. Contracts, registry, fakes and one file per backend."""
