"""The built-in cast: characters of books in the public domain, in our own words, one JSON card each."""
