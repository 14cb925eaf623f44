"""Is it what it says it is? Holdings, WARCs, packages and bags, checked offline."""
