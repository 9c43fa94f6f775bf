"""What an agent does on a screen: list its elements, look closer, find the one place to click."""
