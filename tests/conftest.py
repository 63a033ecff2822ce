"""Settings all tests share: property tests are repeatable and do not fail on a busy machine."""

from hypothesis import settings

settings.register_profile("leakbound", deadline=None, derandomize=True)
settings.load_profile("leakbound")
