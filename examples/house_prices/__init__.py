"""House prices: raw records in, prices out, through both images."""
