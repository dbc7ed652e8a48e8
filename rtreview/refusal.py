"""Why a call ends before it has a report."""

from rtreview.finding import Review


class Refused(Exception):  # noqa: N818 - not an error of the program
    """What was asked for is not possible; the message is a sentence for a person."""


class Unusable(Exception):  # noqa: N818 - likewise
    """A file that the whole call rests on has mistakes; `review` holds them as findings, at their lines."""

    def __init__(self, review: Review) -> None:
        super().__init__(f"{review.path} cannot be used")
        self.review = review
