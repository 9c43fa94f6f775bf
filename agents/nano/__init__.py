"""The embedded localizer for icons, widgets and regions."""
