"""Why a request is not served, in words for whoever sent it."""

from coffee_maker.domain.errors import CoffeeMakerError


class Refusal(CoffeeMakerError):
    """A request that is not served: `status` is the HTTP status, the text is for people."""

    def __init__(self, status: int, what: str, *, cure: str = "") -> None:
        super().__init__(what, cure=cure)
        self.status = status


def not_found() -> Refusal:
    """The same words whatever was looked for, so that nobody learns what there is."""
    return Refusal(404, "there is nothing here", cure="look at the list of open questions")
