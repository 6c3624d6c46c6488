"""Telegram: inline buttons, questions one after the other, and deep links, by polling or over a webhook."""
