"""Microsoft Teams: Adaptive Cards, dialogs and messages, over HTTP that Microsoft signs with a token."""
