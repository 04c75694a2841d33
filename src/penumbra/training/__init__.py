"""From packs to trained and exported weights; needs torch."""
