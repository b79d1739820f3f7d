"""One statement a file, each with a prover and a verifier that raises."""
