"""The web: platform webhooks, the API, health and metrics, the sandbox."""
