"""Who is covered by which version of a plan, from when until when: rosters, acceptance, covers."""
