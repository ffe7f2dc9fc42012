"""Physics that checks the learned models: group contribution now, burning, orbitals and molecular dynamics beside it."""
