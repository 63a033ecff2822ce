"""leakbound: conservative upper bounds on what a leaked or released AI model can become."""

__version__ = "0.1.0"
