"""Foregrounds drawn by procedures, whose alpha and colours are known exactly."""
