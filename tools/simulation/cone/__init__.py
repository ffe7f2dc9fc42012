"""One-dimensional pyrolysis: cone calorimeter, gasification, thermogravimetry and microcalorimetry of a slab."""
