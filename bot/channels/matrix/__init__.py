"""Matrix: direct conversations and rooms on a homeserver, answered by reaction, number or word."""
