"""Counting answers once, whatever the transcripts do."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.usage import CountedAnswer, Tally, TokenCount, answer_key, shortfall

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

figures = st.builds(
    TokenCount,
    input=st.integers(0, 9),
    output=st.integers(0, 9),
    cache_write_5m=st.integers(0, 3),
    cache_write_1h=st.integers(0, 3),
    cache_read=st.integers(0, 3),
    web_searches=st.integers(0, 2),
)
lines = st.builds(
    CountedAnswer,
    key=st.sampled_from(["msg_1", "msg_2", "msg_3"]),
    model=st.sampled_from(["claude-opus-5", "claude-haiku-5-5"]),
    tokens=figures,
    at=st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
    session=st.sampled_from(["a", "b"]),
    sidechain=st.booleans(),
)


def answer(
    output: int, *, hours: int = 0, session: str = "a", sidechain: bool = False
) -> CountedAnswer:
    return CountedAnswer(
        key="msg_1",
        model="claude-opus-5",
        tokens=TokenCount(input=7, output=output),
        at=NOON + timedelta(hours=hours),
        session=session,
        sidechain=sidechain,
    )


def test_key_is_the_message_id_alone_where_that_is_globally_unique() -> None:
    """An answer replayed under a new request id is the same answer."""
    first = answer_key("msg_01", request_id="req_1", session="a", at=NOON)
    replayed = answer_key("msg_01", request_id="req_2", session="b", at=NOON)

    assert first == replayed


def test_ids_of_gateways_are_told_apart_by_their_requests() -> None:
    """A gateway that gives every answer the same id does not lose answers."""
    first = answer_key("chatcmpl-1", request_id="req_1", session="a", at=NOON)
    second = answer_key("chatcmpl-1", request_id="req_2", session="a", at=NOON)

    assert first != second


def test_ids_without_requests_are_told_apart_by_session_and_time() -> None:
    """A gateway that has no request ids either does not lose answers."""
    later = NOON + timedelta(seconds=1)
    keys = {
        answer_key("1", request_id="", session="a", at=NOON),
        answer_key("1", request_id="", session="b", at=NOON),
        answer_key("1", request_id="", session="a", at=later),
        answer_key("1", request_id="", session="a", at=NOON),
    }

    assert len(keys) == 3


def test_growing_snapshots_count_as_the_last_of_them() -> None:
    """2, 2 and 500 tokens of one answer are 500 tokens, at the time of the first."""
    tally = Tally([answer(2), answer(2, hours=1), answer(500, hours=2)])

    assert (answer(500),) == tally.answers


def test_the_line_outside_side_chains_wins_even_when_it_is_smaller() -> None:
    """What a side chain copied does not stand in for the original."""
    tally = Tally([answer(900, session="b", sidechain=True), answer(500)])

    assert (answer(500),) == tally.answers


def test_session_is_that_of_the_earliest_line_outside_side_chains() -> None:
    """A resumed or forked session that copies lines does not take answers over."""
    tally = Tally([answer(9, hours=2, session="fork"), answer(2, hours=1, session="origin")])

    assert tally.answers[0].session == "origin"


def test_counting_says_whether_it_changed_anything() -> None:
    """Callers can tell what is worth recording."""
    tally = Tally()

    assert [
        tally.count(answer(2)),
        tally.count(answer(2, hours=1)),
        tally.count(answer(3)),
        tally.count(answer(2)),
    ] == [True, False, True, False]


def test_what_the_program_counted_beyond_us_is_the_shortfall() -> None:
    """A transcript that ended in an unfinished snapshot is found out, per model and kind."""
    counted = {"m": TokenCount(input=10, output=2), "even": TokenCount(input=1)}
    reported = {"m": TokenCount(input=9, output=500), "even": TokenCount(input=1)}

    assert {"m": TokenCount(output=498)} == shortfall(counted, reported)


@given(told=st.lists(lines), again=st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(told: list[CountedAnswer], again: object) -> None:
    """However lines are shuffled and repeated, the same answers are counted."""
    shuffled = told + told[::2]
    again.shuffle(shuffled)  # type: ignore[attr-defined]

    assert set(Tally(told).answers) == set(Tally(shuffled).answers)


@given(told=st.lists(lines))
def test_sums_are_those_of_the_counted_answers(told: list[CountedAnswer]) -> None:
    """Totals, totals per model and the answers themselves cannot disagree."""
    tally = Tally(told)
    of_answers = sum((a.tokens for a in tally.answers), TokenCount())

    assert of_answers == tally.total()
    assert of_answers == sum(tally.per_model().values(), TokenCount())


@given(told=st.lists(lines.filter(lambda line: not line.sidechain), min_size=1))
def test_what_is_counted_never_shrinks(told: list[CountedAnswer]) -> None:
    """Further snapshots of an answer can only raise its output and cache total."""
    tally = Tally()
    before: dict[str, int] = {}
    for line in told:
        tally.count(line)
        counted = tally.get(line.key)
        assert counted is not None
        size = counted.tokens.total - counted.tokens.input
        assert before.get(line.key, 0) <= size
        before[line.key] = size


@given(one=figures, other=figures)
def test_adding_keeps_every_figure(one: TokenCount, other: TokenCount) -> None:
    """A sum's total is the sum of the totals, and order does not matter."""
    assert one + other == other + one
    assert one.total + other.total == (one + other).total
    assert one.web_searches + other.web_searches == (one + other).web_searches
