"""Who looks after the holdings: custody log, seals, stamps, scrubs."""
