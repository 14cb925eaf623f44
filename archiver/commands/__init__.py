"""The commands: no logic; the parts are imported when one runs."""
