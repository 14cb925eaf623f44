"""Does a text end where a reader is asked to pay or to log in? Pure."""

from __future__ import annotations

import re

from archiver.core.searchwords import fold

_ASKS = (
    # en
    "subscribe to continue", "subscribe to read", "subscribe now to", "subscribers only",
    "for subscribers", "already a subscriber", "become a subscriber", "log in to continue",
    "sign in to continue", "sign in to read", "create a free account to", "register to continue",
    "unlock this article", "this article is for", "free articles remaining", "become a member to",
    # de
    "jetzt abonnieren", "weiterlesen mit", "nur fur abonnenten", "bereits abonnent",
    "artikel freischalten", "jetzt anmelden und weiterlesen",
    # fr
    "reserve aux abonnes", "abonnez-vous", "deja abonne", "il vous reste",
    # es, pt, it
    "suscribete para", "solo para suscriptores", "hazte suscriptor", "ya eres suscriptor",
    "assine para", "exclusivo para assinantes", "ja e assinante", "abbonati per",
    "riservato agli abbonati", "contenuto per gli abbonati", "sei gia abbonato",
    # nl, sv, da, no, pl
    "alleen voor abonnees", "word abonnee", "las vidare", "for prenumeranter", "bli prenumerant",
    "kun for abonnenter", "bliv abonnent", "bli abonnent", "dla prenumeratorow", "wykup dostep",
    # ja, zh, ru, tr, ar
    "有料会員", "会員限定", "订阅后", "仅限订阅",
    "только для подписчиков", "оформите подписку",
    "abonelere ozel", "abone ol", "للمشتركين فقط", "اشترك ل",
)  # fmt: skip
_WALL = re.compile("|".join(re.escape(fold(words)) for words in _ASKS))
_END = 600
"""In letters: a wall stands where the text breaks off, not in the middle of a report on walls."""
_SHORTER = 0.6
_LEAST = 200
"""In letters: a text that was hardly there cannot lose most of itself."""


def is_walled(before: str, after: str) -> bool:
    """
    Say whether a page that could be read shows only its beginning any more, and asks for money.

    Args:
        before: Its readable text as it was.
        after: As it is: clearly shorter, and with words at its end that ask to subscribe.

    >>> is_walled("A long report. " * 30, "A long report. Subscribe to continue reading.")
    True
    """
    if len(before) < _LEAST or len(after) > _SHORTER * len(before):
        return False
    return asks_to_pay(after)


def asks_to_pay(text: str) -> bool:
    """Say whether a text ends in words that ask to subscribe or to log in."""
    return _WALL.search(fold(text[-_END:])) is not None
