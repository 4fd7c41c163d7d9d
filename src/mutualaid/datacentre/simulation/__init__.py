"""What would this plan have cost: two versions of a plan on a whole year of cases, side by side.

``years`` opens the cases, ``versions`` the plans, ``deciding`` decides, ``comparing`` adds up, ``rules`` names what changed in
the documents, ``workings`` explains the largest changes, ``page`` shows it all. Figures are whole fen throughout; what each
of them means stands in docs/simulation.md.
"""
