"""`python -m storage.migrations SENTENCE`: write the next step."""

import sys

from storage.schema import write_step

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say in a sentence what is new: python -m storage.migrations "Cases remember who was told."')
    write_step(sys.argv[1])
