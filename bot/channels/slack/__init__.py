"""Slack: buttons, forms and direct messages, over a socket or over signed HTTP."""
