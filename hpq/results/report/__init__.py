"""What the picture says, in words and numbers: whether crashes bunch, a direction, luck."""
