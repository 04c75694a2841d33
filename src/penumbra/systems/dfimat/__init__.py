"""DFIMat: clicks, scribbles, boxes and words, in any mix, over rounds."""
