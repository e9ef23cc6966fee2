"""What other systems read: metrics, traces and events, by the names of OpenTelemetry's conventions."""
