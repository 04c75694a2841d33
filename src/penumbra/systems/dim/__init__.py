"""Deep Image Matting: image and trimap to alpha (Xu et al., CVPR 2017)."""
