"""One module for each family of files: sheets, canvas, regions as pixels, text."""
