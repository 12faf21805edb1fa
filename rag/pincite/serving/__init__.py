"""Pincite over HTTP: its own API, the one that chat programs speak, and who may use them.

Importing this package, or its modules `keys` and `listening`, loads no web framework.
"""
