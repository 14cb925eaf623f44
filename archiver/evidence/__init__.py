"""What proves that a holding is what it was? Keys, signatures, timestamps, the custody log."""
