"""What people call the things that a sheet can be asked about, in three languages. Data."""
