"""From files to files: one photograph, a folder, a cluster; nothing is lost on the way."""
