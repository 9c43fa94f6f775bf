"""When things are seen in a video, an animation or a series of screenshots."""
