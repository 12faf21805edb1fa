"""Pincite inside other programs: a module for each, which alone imports that program's library."""
