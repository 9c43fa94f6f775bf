"""Ground floor: what has been seen, and where. Geometry, images, working memory, store, errors."""
