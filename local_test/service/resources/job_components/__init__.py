"""Trial components of jobs: each training, processing and transform job is one by itself."""
