"""The story of a consortium: four validators, two members' gateways, everything between them over HTTP."""
