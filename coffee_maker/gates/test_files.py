"""Which files hold tests, and which decide how tests are run, by their paths."""

import re
from pathlib import PurePosixPath

_TEST_NAMES = re.compile(
    r"test_.*\.py|.*_test\.py|conftest\.py"
    r"|.*[.-](?:test|spec|cy)\.[cm]?[jt]sx?"
    r"|.*_test\.go|.*_(?:test|spec)\.rb|.*_test\.exs?|.*_test\.(?:c|cc|cpp|dart)|test_.*\.(?:c|cc|cpp)"
    r"|(?:.*Tests?|.*IT|.*Spec|Test[A-Z].*)\.(?:java|kt|kts|scala|groovy|cs|fs|vb|php|swift)"
    r"|.*\.bats|.*\.t"
)
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "t", "e2e"})
_CODE = re.compile(
    r"\.(?:py|[cm]?[jt]sx?|go|rs|rb|java|kts?|scala|groovy|cs|fs|php|swift|exs?|c|cc|cpp|h|hpp|sh|bats"
    r"|dart|pl|t|lua|clj|hs|ml)"
)
_CONFIGURATION = re.compile(
    r"(?:.*/)?(?:conftest\.py|pytest\.ini|\.?pytest\.toml|tox\.ini|noxfile\.py|setup\.cfg"
    r"|\.coveragerc|GNUmakefile|[Mm]akefile|(?:jest|vitest|karma|playwright|cypress)\.config\..*"
    r"|\.mocharc.*)"
)


def is_test_file(path: str) -> bool:
    """Whether a path looks like code that tests, by the habits of its language."""
    place = PurePosixPath(path)
    if place.suffix == ".rs":
        return True  # Rust keeps unit tests in the file they test
    if _TEST_NAMES.fullmatch(place.name):
        return True
    in_test_folder = not _TEST_FOLDERS.isdisjoint(place.parts[:-1]) or "src/test/" in path
    return in_test_folder and _CODE.fullmatch(place.suffix) is not None


def is_deliberately_a_test(path: str) -> bool:
    """The same without the languages that keep tests in any file: what may not just disappear."""
    place = PurePosixPath(path)
    return is_test_file(path) and (place.suffix != ".rs" or "tests" in place.parts[:-1])


def configures_tests(path: str) -> bool:
    """Whether a file decides which tests run and how they are judged."""
    return _CONFIGURATION.fullmatch(path) is not None
