"""The agent's last message: one line per deliverable, done or not, and the files that prove it.

The form is asked for in the prompt (`FORM`) and read back here. Models vary it, so what is read is
wider than what is asked for: other dashes, colons, bullets or numbers, ticks and crosses for boxes,
bold text, code fences round the whole, links, "files:" labels, files in brackets or on the lines
below. What cannot be told apart is kept as words of the deliverable; nothing is dropped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FORM = """\
- [x] <text of the deliverable> — <path>, <path>
- [ ] <text of the deliverable> — not done: <why>"""

_BULLET = r"(?:[-*+•–]|\d{1,3}[.)])"
_CLAIM = re.compile(
    rf"^(?P<indent>[\s>]*)(?:{_BULLET}\s*)?(?P<bold>\*\*|__)?"
    r"(?:\[(?P<mark>[ xX✓✔✅☑❌✗✘~-]?)\]|(?P<sign>[✅☑✔✓❌☐✗✘])\ufe0f?)"
    r"\s*(?P<rest>\S.*?)\s*$"
)
_DONE = frozenset("xX✓✔✅☑")
_ITEM = re.compile(rf"^{_BULLET}\s+")
_LABEL = (
    r"(?:(?:changed |new |modified )?files?(?: changed)?|proof|proven (?:by|in)|evidence|paths?"
    r"|see|implemented in)"
)
_SEPARATOR = re.compile(
    rf"\s(?:—|–|--|-|→|->|=>)\s|\s?—\s?|:(?:\*\*|__)?\s|\s\|\s|(?<=[\s(]){_LABEL}:\s?",
    re.IGNORECASE,
)
_LABEL_ALONE = re.compile(rf"[\s(*_]*\b{_LABEL}\s*:?[*_]*\s*$", re.IGNORECASE)
_LEADING_LABEL = re.compile(rf"^[\s(*_]*{_LABEL}\s*(?::[*_]*|\s)\s*", re.IGNORECASE)
_NOT_DONE = re.compile(
    r"^(?P<text>.*\S)(?:\s?[—–:|;,(]|\s-{1,2}|(?=\snot (?:yet )?done:))\s?[*_]*"
    r"not (?:yet )?done(?:[*_)\s]*[:,;—–-]|[*_).]*$)\s?(?P<why>.*)$",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s(?:—|–|--|-)\s")
_LONGEST = 10_000  # characters of a claim
_SPACES = re.compile(r"\s+")
_LINK = re.compile(r"\[([^\]]*)\]\(([^()\s]*)\)")
_REMARK = re.compile(r"\s+\([^()]*\)")
_TRAILING_BRACKET = re.compile(r"^(?P<text>.*\S)\s*\((?P<proof>[^()]+)\)[.;]?$")
_BETWEEN_PATHS = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+(?:and|&|\+)\s+|(?<=`)\s+(?=`)")
_PLAIN_NAME = re.compile(r"[\w.@+~\[\]{}()$=#%-]*\.[A-Za-z]\w{0,11}|\.[\w.-]+|[A-Z][\w-]*file")
_WELL_KNOWN = frozenset({"LICENSE", "README", "CHANGELOG", "NOTICE", "AUTHORS", "CODEOWNERS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line of the report. `files` are paths as the agent wrote them; `note` is the rest."""

    deliverable: str
    done: bool
    files: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the agent says it did. No claims: the message was not a report."""

    text: str
    claims: tuple[Claim, ...] = ()


def read_report(text: str) -> Report:
    """Read the claims out of a message; lines that are no claim are only kept in `text`."""
    claims = ((found, _claim(found, below)) for found, below in _items(text))
    return Report(text=text, claims=tuple(c for found, c in claims if _is_meant(found, c)))


def _is_meant(found: re.Match[str], claim: Claim) -> bool:
    """A box always is; people put ticks and crosses before any sentence, so those must prove it."""
    return bool(found["mark"] is not None or claim.files or claim.note)


def _items(text: str) -> Iterator[tuple[re.Match[str], list[str]]]:
    """Each line that makes a claim, with the further-indented lines that belong to it."""
    found: re.Match[str] | None = None
    below: list[str] = []
    for line in re.split(r"\r\n|\r|\n", text):
        begins = _CLAIM.match(line)
        if begins or not line.strip() or (found and not _is_below(line, found)):
            if found:
                yield found, below
            found, below = begins, []
        elif found:
            below.append(line.strip())
    if found:
        yield found, below


def _is_below(line: str, claim: re.Match[str]) -> bool:
    return len(line) - len(line.lstrip()) > len(claim["indent"])


def _claim(found: re.Match[str], below: list[str]) -> Claim:
    rest, files = _continued(_unbold(found), below)
    rest = _SPACES.sub(" ", rest)[:_LONGEST]
    if (found["mark"] or found["sign"] or " ") not in _DONE or _NOT_DONE.match(rest):
        return _undone(rest)
    text, named, note = _split(rest)
    return Claim(deliverable=text, done=True, files=(*named, *files), note=note)


def _unbold(found: re.Match[str]) -> str:
    """The line behind its box, without emphasis that began before the box."""
    rest = found["rest"]
    return rest.replace(found["bold"], "", 1) if found["bold"] else rest


def _continued(rest: str, below: list[str]) -> tuple[str, tuple[str, ...]]:
    """The line with its continuation, and the files that stand on lines of their own."""
    files: list[str] = []
    for line in below:
        item = _ITEM.sub("", line)
        named = _paths(item)
        if named and (item != line or _LEADING_LABEL.match(item)):
            files.extend(named)
        elif not _LABEL_ALONE.fullmatch(item):
            rest = f"{rest} {item}"
    return rest, tuple(files)


def _undone(rest: str) -> Claim:
    said = _NOT_DONE.match(rest)
    if said:
        return Claim(deliverable=_words(said["text"]), done=False, note=said["why"].strip())
    dashes = list(_DASH.finditer(rest))
    end, begin = dashes[-1].span() if dashes else (len(rest), len(rest))
    return Claim(deliverable=_words(rest[:end]), done=False, note=rest[begin:].strip())


def _split(rest: str) -> tuple[str, tuple[str, ...], str]:
    """Text, files and note: the last part between separators that is nothing but paths wins."""
    cuts = list(_SEPARATOR.finditer(rest))
    ends = [cut.start() for cut in cuts[1:]] + [len(rest)]
    for cut, end in reversed(list(zip(cuts, ends, strict=False))):
        text, proof = rest[: cut.start()], rest[cut.end() : end]
        files = _paths(proof.rstrip(").") if text.endswith("(") else proof)
        words = _words(_LABEL_ALONE.sub("", text.removesuffix("("))) if files else ""
        if words:
            return words, files, rest[end:].strip(" \t—–-:|)")
    bracket = _TRAILING_BRACKET.match(rest)
    if bracket and (files := _paths(bracket["proof"])):
        return _words(bracket["text"]), files, ""
    return _split_at_a_bare_word(rest)


def _split_at_a_bare_word(rest: str) -> tuple[str, tuple[str, ...], str]:
    """The form to the letter, with a file's name that does not look like one: "— configure"."""
    text, dash, proof = rest.rpartition(" — ")
    bare = re.fullmatch(r"[`*_]*([\w.+-]+)[`*_]*", proof)
    if dash and text.strip() and bare:
        return _words(text), (bare[1],), ""
    return _words(rest), (), ""


def _paths(text: str) -> tuple[str, ...]:
    """The paths in a text that is nothing but paths, else none."""
    plain = _REMARK.sub("", _LINK.sub(_target, _LEADING_LABEL.sub("", text, count=1)))
    items = [item for item in _BETWEEN_PATHS.split(plain.strip(" \t*_").rstrip(".")) if item]
    paths = tuple(_path(item) for item in items)
    return tuple(path for path in paths if path) if all(paths) else ()


def _target(link: re.Match[str]) -> str:
    return link[2] if _path(link[2]) else link[1]


def _path(item: str) -> str:
    """What an item names where it looks like a path, else nothing."""
    quoted = re.fullmatch(r"[*_\"']*`([^`]+)`[*_\"']*\)?", item.strip())
    if quoted:
        return quoted[1].strip()
    bare = item.strip(" \t`*\"'<>")
    if not bare or re.search(r"[\s`]", bare) or "://" in bare:
        return ""
    name = re.sub(r":\d+(?:-\d+)?$", "", bare)
    known = name in _WELL_KNOWN or "/" in name.strip("/") or name.endswith("/")
    return bare if known or _PLAIN_NAME.fullmatch(name) else ""


def _words(text: str) -> str:
    """The deliverable's text without the emphasis, quotes and signs that surround all of it."""
    words = re.sub(r"(?:[—–|]|\s-{1,2})\s*$", "", text.strip()).strip()
    if words.count("**") == 1:
        words = words.replace("**", "").strip()
    while (m := re.fullmatch(r"(\*\*|__|\*|_|~~)(?=\S)(.+?)(?<=\S)\1", words)) and m[1] not in m[2]:
        words = m[2].strip()
    return words


# What follows reads messages that are no report.
_CODE = re.compile(r"(?s)(?P<fence>`{3,}|~{3,}).*?(?:(?P=fence)|\Z)|`[^`\n]+`")
_ADDRESS = re.compile(r"\w+://\S+?(?=[)>\]]*(?:[\s.,;:!?]*(?:\s|$)))")
_COURTESY = re.compile(
    r"(?i)any(?:thing else| (?:other |further |more )?(?:questions?|changes|requests))\b[^?]*\?"
    r"|let me know if (?:you|there|any)[^.?!]*[.?!]?"
)
_QUESTION = re.compile(r"\?[\"'”’»)*_\]]*(?:\s|$)")
_REQUEST = re.compile(
    r"(?i)\b(?:please (?:confirm|choose|decide|advise|clarify|specify|tell me|let me know|answer"
    r"|pick|provide|reply|respond)|let me know (?:which|what|how|whether|when|where|your)"
    r"|(?:which|what) (?:one )?(?:do|would|should) you|(?:waiting|wait) for your"
    r"|(?:i need|i require) (?:your|you to)|how (?:should|shall) i)\b"
)
_LIST_LINE = re.compile(rf"^\s*(?:{_BULLET}|\(?[A-Za-z\d][.)])\s+")


def asks_something(text: str) -> bool:
    """True where a message is no report and its end asks the reader for something.

    The end is the last paragraph, and the one before where the last only lists the choices. What
    stands in code or in an address asks nothing, nor does a courtesy ("anything else?").
    """
    if read_report(text).claims:
        return False
    prose = _COURTESY.sub(" ", _ADDRESS.sub(" ", _CODE.sub(" ", text)))
    end = _end(prose)
    return bool(_QUESTION.search(end) or _REQUEST.search(end))


def _end(prose: str) -> str:
    paragraphs = [p for p in re.split(r"\n[ \t]*\n", prose.replace("\r\n", "\n")) if p.strip()]
    last: list[str] = []
    for paragraph in reversed(paragraphs):
        last.insert(0, paragraph)
        lines = [line for line in paragraph.splitlines() if line.strip()]
        if not all(_LIST_LINE.match(line) or line.startswith("  ") for line in lines):
            break
    return "\n".join(last)
