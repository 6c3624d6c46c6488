"""What several test rooms use."""
