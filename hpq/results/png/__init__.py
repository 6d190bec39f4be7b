"""The picture as a file, drawn with matplotlib, which nothing outside of this folder imports."""
