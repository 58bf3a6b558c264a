"""A store on each kind of database, made anew for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock
from tests.support.postgres import new_database, server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    return new_database(request.getfixturevalue("postgres_server"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a store that is not there yet."""
    if request.param == "sqlite":
        return str(tmp_path / "state" / "store.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def store(where: str, clock: SteppedClock) -> Iterator[Store]:
    with Store(where, clock) as opened:
        yield opened
