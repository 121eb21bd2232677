"""What changed between two sheets, from their texts: aligned, then listed with places."""
