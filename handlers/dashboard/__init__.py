"""What the pages of the dashboard tell: facts read from rows for one reader, in no language."""
