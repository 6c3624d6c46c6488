"""The steps from an empty file to the tables of today, in order; each file's first line is its sentence.

A step is written by comparing `storage.tables` with what the earlier steps make:

    python -m storage.migrations "Cases remember who was told."

Read what came out, move data by hand where shapes change, then `make format`. As long as nothing is released
there is one step only: delete `versions/0001_*.py` and write it anew with the sentence it had. After a release
a step is never changed. There are no steps back: restore a backup instead.
"""
