"""Random hyperparameter search on one multi-GPU workstation."""

__version__ = "0.1.0"
