"""The stand-in that other tests rely on keeps the laws of the real ones."""

import pytest

from coffee_maker.domain.ports import Channel
from tests.channels.conformance import ChannelLaws
from tests.support.fake_channel import FakeChannel, down


class TestFakeChannelLaws(ChannelLaws):
    """Whatever holds for Slack holds for it."""

    @pytest.fixture
    def channel(self) -> Channel:
        return FakeChannel()

    @pytest.fixture
    def unreachable(self) -> Channel:
        made = FakeChannel()
        made.dead = down()
        return made
