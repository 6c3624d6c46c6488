"""What keeps the house a house: its arrows, its shapes and what must never stand in it."""
