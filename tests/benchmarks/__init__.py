"""What the promises about speed rest on: `make bench` measures and prints."""
