"""Measurements that print figures next to a named peer's."""
