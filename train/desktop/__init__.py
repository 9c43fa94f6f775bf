"""Pictures of desktop programs made of the real widgets of Qt and GTK, with what they show."""
