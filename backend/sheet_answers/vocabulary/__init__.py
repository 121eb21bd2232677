"""Words in questions for the contents of a sheet, in three languages."""
