"""What looks at pictures: networks of diffusion, and one of convolutions; the sheet `smpmat`."""
