import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not here")
@pytest.mark.parametrize("target", ["eval", "eval-test"])
def test_what_the_eval_installs_lies_outside_the_checkout_that_the_dev_server_watches(target, tmp_path):
    (uv := tmp_path / "uv").touch()
    command = ["make", "--dry-run", target, f"XDG_CACHE_HOME={tmp_path}", f"UV={uv}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    words = done.stdout.split()
    environments = [word for word in words if word.endswith("/bin/python")]
    assert environments
    assert {word.startswith(str(tmp_path)) for word in environments} == {True}
    assert not {"--editable", "."} & set(words)  # either writes modules to build/
