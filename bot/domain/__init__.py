"""The rules of the field, without I/O."""
