"""Which platforms do we read? An explicit tuple; the first whose `match` knows a URL wins."""
