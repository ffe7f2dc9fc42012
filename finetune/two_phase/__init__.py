"""Learning a scarce property in two phases: what physics says of hypothetical polymers, then what was measured."""
