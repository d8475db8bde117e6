"""What a story says: the article out of a page, its sentences, a short summary, and the digest of a period."""
