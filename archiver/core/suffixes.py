"""Under which public suffix does a host stand? One list for all, loaded when first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


def registrable(host: str, *, private: bool) -> str:
    """
    Give the domain that somebody registered: the public suffix and one label more.

    Args:
        host: Lower or upper case, IDNA or not, without a dot at its end.
        private: Suffixes that a company gives out (`blogspot.com`) count as well.

    Returns:
        The domain; empty if the host ends in no known suffix or is one.

    Source: publicsuffix.org (the list that comes with tldextract)
    """
    found = _list().extract_str(host, include_psl_private_domains=private)
    return found.top_domain_under_public_suffix


@cache
def _list() -> TLDExtract:
    # It is 10,000 rules that most commands never need; no network, no cache folder.
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
