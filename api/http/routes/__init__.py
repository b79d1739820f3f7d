"""The routes, a module a resource; each asks the ledger or the vault and shows the answer."""
