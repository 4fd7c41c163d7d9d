"""理赔: a member files for an event, the engine decides at once, persons look, the fund pays; each yuan explained."""
