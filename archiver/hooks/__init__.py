"""How do other programs learn at once what happened? Signed webhooks, out of a lasting outbox."""
