"""The pure benefit engine: plan program and facts in, decision with its working out; standard library only."""
