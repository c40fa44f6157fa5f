"""Settings that every test shares."""

import os

from hypothesis import settings

# Figures are drawn into memory: a test machine has no screen.
os.environ.setdefault("MPLBACKEND", "Agg")

# No timing asserts, in hypothesis neither: speed lives in benchmarks/.
settings.register_profile("segment_lib", deadline=None)
settings.load_profile("segment_lib")
