"""What is trained: captioned pictures, masks, networks, losses, training and sampling."""
