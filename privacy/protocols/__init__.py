"""One joint computation a file: pure message functions, without transport."""
