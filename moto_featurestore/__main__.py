"""``python -m moto_featurestore``: the same as the command ``moto-featurestore``."""

import sys

from moto_featurestore.cli import main

if __name__ == "__main__":
    sys.exit(main())
