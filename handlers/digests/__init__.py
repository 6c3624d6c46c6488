"""What managers read: whose digest is due, and what a window held. Facts here, sentences in `handlers.wording`."""
