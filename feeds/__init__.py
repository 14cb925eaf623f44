"""Publishing: from the store to readers."""
