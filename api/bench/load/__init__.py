"""A consortium under load: finalised splits a second through the HTTP API, beside the bare nodes."""
