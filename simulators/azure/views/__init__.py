"""How the state looks in answers and payloads."""
