"""`python -m local_test` is `local-sagemaker`."""

from local_test.cli import main

raise SystemExit(main())
