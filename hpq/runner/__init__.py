"""What works: slots, GPUs, child processes, and the handle that training code gets."""
