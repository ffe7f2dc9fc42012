"""Where nucleophilic aromatic substitution works.

The carbon is ortho or para to an acceptor, next or para to a ring nitrogen, or flanked by fluorine as in
perfluoroarenes (textbook chemistry: G. Odian, Principles of Polymerization, chapter 2, aromatic polyethers).
"""

from __future__ import annotations

_ACCEPTOR = "[$(C=[O,S]),$(S(=O)=O),$(S=O),$(C#N),$([N+](=O)[O-]),$(P=[O,S]),$(C(F)(F)F),$(N=N),$(C=N),$(c:n)]"
ACTIVATED = f"$(c:c-{_ACCEPTOR}),$(c:c:c:c-{_ACCEPTOR}),$(c:n),$(c:c:c:n),$(c(:cF):cF)"
