import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
PAGE = (TESTS.parent / "docs" / "cards.md").read_text(encoding="utf-8")
PROOF = re.compile(r"`((?:integration_tests/)?[\w/]+\.py)::(\w+)`")


def rows():
    """Rows of the feature tables: the feature and its last cell."""
    features = PAGE.partition("## Feature by feature")[2]
    cells = [line.strip().strip("|").split(" | ") for line in features.splitlines() if line.startswith("| ")]
    return [(row[0].strip(), row[-1].strip()) for row in cells if row[0].strip() not in ("feature", "---")]


@pytest.mark.parametrize(("feature", "proof"), rows())
def test_every_feature_names_tests_that_are_there(feature, proof):
    proofs = PROOF.findall(proof)
    assert proofs, f"{feature}: no test is named"
    for path, name in proofs:
        file = TESTS / path if path.startswith("integration_tests") else TESTS / "unit_tests" / path
        assert re.search(rf"^(?:async )?def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE), (
            f"{path}::{name}"
        )


def test_the_page_links_to_files_that_are_there():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert links
    assert [link for link in links if not (TESTS.parent / "docs" / link).exists()] == []
