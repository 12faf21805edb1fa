"""The index on disk: vectors, words, token vectors, documents and chunks, and the folder that holds them."""
