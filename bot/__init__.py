"""Voice and ears: channels, web, clock, delivery, scheduling, wiring, command line."""
