"""Names to polymers and back, beyond the handbook: source-based and structure-based nomenclature."""
