"""Proof that the inference is right: simulation-based calibration up to the bound itself."""
