"""The guide for annotators: prose by hand, and between markers what the codebook says, as pages and as a site."""
