"""What is measured of runs: read by pages, and by other systems by the names of OpenTelemetry's conventions."""
