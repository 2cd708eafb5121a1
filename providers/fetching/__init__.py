"""Files of CI runs as they come from a host: bounded, unpacked with care, cut where they are too long."""
