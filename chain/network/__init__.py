"""A consortium of several validators on this machine, each a process with a folder and a key of its own."""
