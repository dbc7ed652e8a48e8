"""Why a call ends before it has a report."""

from rtreview.finding import Review


class Refused(Exception):  # noqa: N818 - not an error of the program
    """What was asked for is not possible; the message is a sentence for a person."""


class Unusable(Exception):  # noqa: N818 - likewise
    """Files that the whole call rests on have mistakes; `reviews` hold them as findings, at their lines."""

    def __init__(self, *reviews: Review) -> None:
        super().__init__(f"{', '.join(review.path for review in reviews)} cannot be used")
        self.reviews = reviews
