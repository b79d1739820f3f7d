"""One cryptographic scheme a file."""
