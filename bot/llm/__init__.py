"""The second engine: a language model reads what the embedded one has distilled, and everything it says is checked."""
