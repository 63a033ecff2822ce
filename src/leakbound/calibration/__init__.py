"""What simulation-based calibration needs below the forecast: evidence from a truth, ranks, conflict."""
