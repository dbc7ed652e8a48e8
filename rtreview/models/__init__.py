"""The arithmetic of real-time systems: closed forms as pure functions over quantities with units.

Sources are named in each docstring; `tests/test_models.py` checks them against published figures.
"""
