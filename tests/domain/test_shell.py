"""What a command line would run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.shell import commands

PUSHES = [
    "git push",
    "cd x && git -C . push origin main",
    "sudo -u bob git -c a=b push",
    'bash -lc "git push; ls"',
    "echo $(git push)",
    'echo "$(git push)"',
    'echo "`git push`"',
    "FOO=1 git push",
    "timeout 5 git push",
    "if true; then git push; fi",
    'eval "git push"',
    "/usr/bin/git push",
    "find . -exec git push \\;",
    "ls | xargs git push",
    "true&&git push",
    "git push 'unclosed",
    "(git push)",
    "{ git push; }",
    "git --git-dir=x --work-tree y push",
    "git \\\n push",
    "nohup git push &",
    'bash --norc -c "git push"',
    'bash <<< "git push"',
    "bash <<'EOF'\ngit push\nEOF",
    "cat <<'EOF' | sh\ngit push\nEOF",
    "cat <<EOF\n$(git push)\nEOF",
    "cat <<'EOF' > x\nhi\nEOF\ngit push",
    "cat <<<'EOF'\ngit push\nEOF",
    "echo \"<<'EOF'\"\ngit push\nEOF",
    "echo \"\nx <<'EOF'\n\"\ngit push\nEOF",
    "# it's so\ngit push # isn't it",
    "# <<'EOF'\ngit push\nEOF",
    "# \"$(cat <<'EOF'\ngit push\nEOF\n)\"",
    'echo ""$(cat <<\'EOF\'\nx\nEOF\n)"" ; git push',
    "eval \"$(cat <<'EOF'\ngit push\nEOF\n)\"",
    'env -S "git push"',
    'trap "git push" EXIT',
    "su -c 'git push'",
    ">x git push",
    "git 2>x push",
    "ls ;>x git push",
    "cat <<'EOF'x\nEOFx\ngit push\nEOF",
    "echo ${x:-<<'EOF' }\ngit push\nEOF",
    f"env {'A=1 ' * 40} git push",
]
MESSAGE = "docs: don't guess\n\ngit push is done elsewhere\nwhile git push"


@pytest.mark.parametrize("line", PUSHES)
def test_a_push_is_seen_however_it_is_wrapped(line: str) -> None:
    """A push stays a push behind wrappers, shells, substitutions and git's own options."""
    assert any(words[:2] == ("git", "push") for words in commands(line))


@pytest.mark.parametrize(
    "line",
    [
        'git commit -m "do not git push"',
        "git log --grep push",
        "git stash push",
        "make  # and no git push\nls",
        f'git commit -m "closes #3\n\n{MESSAGE}"',
        "echo git-push",
        "",
        f"git commit -m \"$(cat <<'EOF'\n{MESSAGE}\nEOF\n)\"",
        f"git commit -F - <<'EOF'\n{MESSAGE}\nEOF\n",
        f"cat > docs/push.md <<'EOF'\n{MESSAGE}\nEOF\nls",
    ],
)
def test_a_push_that_is_only_spoken_of_is_none(line: str) -> None:
    """Words inside an argument run nothing."""
    assert not any(words[:2] == ("git", "push") for words in commands(line))


@given(st.text())
def test_any_text_can_be_read(line: str) -> None:
    """No command line, however broken, makes the reader fail."""
    assert all(isinstance(word, str) for words in commands(line) for word in words)


@given(st.text(alphabet="abc '\"$`\\;|&(){}\n", max_size=40))
def test_what_comes_before_cannot_hide_a_push(before: str) -> None:
    """A separate line that pushes is seen whatever balanced text stands before it."""
    quotes_are_closed = before.count("'") % 2 == 0 and before.count('"') % 2 == 0
    if quotes_are_closed and "\\" not in before and "'" not in before and '"' not in before:
        assert any(words[:2] == ("git", "push") for words in commands(f"{before}\ngit push"))
