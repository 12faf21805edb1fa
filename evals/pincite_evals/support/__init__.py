"""How well statements that the documents do not bear out are told from those that they do."""
