"""What a run leaves: result, trace, viewer, pictures, and its way into the store."""
