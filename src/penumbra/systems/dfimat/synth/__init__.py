"""Pictures of several people with the matte of each, painted or composed; the sheet `smpmat`."""
