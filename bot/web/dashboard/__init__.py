"""What managers look at in a browser: figures, comments, cases, wishes, and why somebody was asked."""
