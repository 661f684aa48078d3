"""What goes out: story files in the seed schema, and the digest.

`frontmatter`, `story`, `merge` and `paths` are pure; `files` is the only one that touches
the disk.
"""
