"""Without the extra, a sentence says what to do."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.whole

WITHOUT_NIO = """
import sys

import pytest
sys.modules["nio"] = None
from pydantic import SecretStr
from bot.settings import Settings, SettingsError
from bot.wiring import build
try:
    build(Settings(_env_file=None, matrix_access_token=SecretStr("syt_secret")))
except SettingsError as problem:
    print(problem)
"""


def test_a_missing_library_is_told_with_the_command_that_installs_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_NIO], capture_output=True, text=True, check=True
    ).stdout
    assert "requirements-matrix.txt" in told
    assert "KAIKU_MATRIX_ACCESS_TOKEN" in told
    assert "syt_secret" not in told
