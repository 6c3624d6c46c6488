"""Pages for those who are in no chat: the survey behind a signed link, and the kiosk of a lobby."""
