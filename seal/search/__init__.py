"""The search: policies, the one loop over patches, posteriors, second looks."""
