"""An organisation lives through weeks or a year in virtual time, on the real application, with everything going wrong.

`python -m tests.simulation --help` tells how to run it; `docs/simulation.md` what it does and what is checked.
"""
