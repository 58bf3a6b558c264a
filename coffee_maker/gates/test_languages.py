"""What a test, a skipped test and an assertion look like, by language, in one line of code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_JAVASCRIPT = ".js .jsx .ts .tsx .mjs .cjs .mts .cts"
_JVM = ".java .kt .kts .scala .groovy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Patterns for one line. `conditional` skips depend on where the tests run.

    Where the line that makes a test names it, the pattern of `test` has the name in a group.
    """

    comment: str
    test: re.Pattern[str]
    skip: re.Pattern[str]
    conditional: re.Pattern[str]
    assertion: re.Pattern[str]


def _language(
    comment: str, *, test: str, skip: str, assertion: str, conditional: str = "(?!)"
) -> Language:
    return Language(
        comment=comment,
        test=re.compile(test),
        skip=re.compile(skip),
        conditional=re.compile(conditional),
        assertion=re.compile(assertion),
    )


_PYTHON_LANGUAGE = _language(
    "#",
    test=r"^\s*(?:async\s+)?def (?P<name>test\w*)\s*\(",
    skip=r"\bmark\.(?:skip|xfail)\b|\bpytest\.(?:skip|xfail)\(|^\s*@(?:unittest\.)?"
    r"(?:skip\(|expectedFailure\b)|\bskipTest\(|\bSkipTest\b|__test__\s*=\s*False"
    r"|\bcollect_ignore(?:_glob)?\b|\bskip[iI]f\(\s*(?:True|1)\b|\bskipUnless\(\s*(?:False|0)\b",
    conditional=r"\bmark\.skipif\b|@(?:unittest\.)?skip(?:If|Unless)\b|\bpytest\.importorskip\(",
    assertion=r"^\s*(?:assert\b|self\.assert\w+\(|self\.fail\()|\bpytest\.raises\(|\.assert_\w+\(",
)
_JAVASCRIPT_LANGUAGE = _language(
    "//",
    test=r"^\s*(?:it|test|specify)(?:\.\w+)*\(\s*(?P<name>(['\"`]).*?\2)",
    skip=r"\b(?:it|test|describe|suite|context|specify)\.(?:\w+\.)*"
    r"(?:only|skip|todo|fixme|failing|fails)\b"
    r"|\b(?:xit|xtest|xdescribe|xcontext|fit|fdescribe|fcontext)\("
    r"|\bthis\.skip\(|\b[tT]\.(?:skip|todo)\(|[{,]\s*(?:skip|only|todo)\s*:\s*(?:true\b|['\"`])",
    conditional=r"\b(?:it|test|describe)\.(?:skipIf|runIf)\b",
    assertion=r"\bexpect\(|\bassert(?:\.\w+)*\(|\.should\b|\bt\.(?:is|deepEqual|equal|ok|true|false)\(",
)
_GO_LANGUAGE = _language(
    "//",
    test=r"^func (?P<name>(?:Test|Fuzz|Example)\w*)\s*\(",
    skip=r"\b[tbf]\.Skip(?:Now|f)?\(|^//go:build\s+ignore|^// \+build\s+ignore",
    assertion=r"\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|\b(?:assert|require)\.\w+\(",
)
_RUST_LANGUAGE = _language(
    "//",
    test=r"^\s*#\[(?:\w+::)*(?:test|rstest|test_case|proptest)\b",
    skip=r"#\[ignore\b|#\[cfg_attr\([^)]*\bignore\b",
    assertion=r"\b(?:debug_)?assert(?:_\w+)?!|\bpanic!",
)
_JVM_LANGUAGE = _language(
    "//",
    test=r"^\s*@(?:Parameterized|Repeated|TestFactory)?Test\b",
    skip=r"@(?:Disabled|Ignore)\b(?!For|On|If)",
    conditional=r"@(?:Disabled|Enabled)(?:For|On|If)\w*|\bassum(?:e|ing)\w*\(|\bAssumptions\.",
    assertion=r"\bassert\w*\(|\bverify\(|\.should\w*\b",
)
_RUBY_LANGUAGE = _language(
    "#",
    test=r"^\s*(?:it|specify|test|scenario)\s+(?P<name>(['\"]).*?\2)|^\s*def (?P<method>test_\w+)",
    skip=r"^\s*(?:xit|xdescribe|xcontext|fit|fdescribe|fcontext|pending|skip)\b|\bskip:\s*(?!false)",
    assertion=r"\bexpect[\s({]|^\s*(?:assert|refute)\w*\b|\.should\b|\bmust_\w+",
)
_OTHER_LANGUAGE = _language(
    "//",
    test=r"\[(?:Fact|Theory|Test|TestMethod|TestCase)\b|\bfunc(?:tion)? (?P<name>test\w+)\s*\("
    r"|^@test (?P<title>.*)|^\s*test (?P<quoted>\".*?\")",
    skip=r"\[(?:Ignore|Explicit)\b|\bSkip\s*=\s*[\"$]|\bmarkTest(?:Skipped|Incomplete)\(|@tag :skip"
    r"|^\s*skip(?:\s|$)|\bXCTSkip\b|\bGTEST_SKIP\(|\bDISABLED_\w+",
    assertion=r"\bassert\w*\b|\bAssert\.\w+|\bexpect\(|\bEXPECT_\w+|\bASSERT_\w+|\bXCTAssert\w*",
)

_BY_SUFFIX: Mapping[str, Language] = {
    ".py": _PYTHON_LANGUAGE,
    ".go": _GO_LANGUAGE,
    ".rs": _RUST_LANGUAGE,
    ".rb": _RUBY_LANGUAGE,
    **dict.fromkeys(_JAVASCRIPT.split(), _JAVASCRIPT_LANGUAGE),
    **dict.fromkeys(_JVM.split(), _JVM_LANGUAGE),
}


def language_of(path: str) -> Language:
    return _BY_SUFFIX.get(PurePosixPath(path).suffix, _OTHER_LANGUAGE)


def named_test(line: str, language: Language) -> str | None:
    """The name of the test that a line makes (the line itself where it names none), or None."""
    found = language.test.search(line)
    if found is None:
        return None
    named = (value for value in found.groupdict().values() if value)
    return next(named, line.strip())
