"""A rolling restart: n nodes are restarted one after the other, and connections stay where they are put.

At first each node has an even share of the connections. A node that is restarted closes all of its own, they
go evenly to the n - 1 nodes that are up, also to those that were restarted before, and it comes back empty.
No node is added meanwhile, nothing moves a connection that is open, and no client comes or goes.

With r = n / (n - 1), and loads in even shares, all of that has a closed form:

- What a node closes spreads by 1 / (n - 1) to each other, so a node whose turn is to come grows by r with
  each restart: to r^m after m of them. So the k-th node closes r^(k - 1).
- After m restarts the k-th node has got back the sum of r^(j - 1) / (n - 1) for j from k + 1 to m, which is
  r^m - r^k. In the end the first has r^n - r: 1.83 for 4 nodes, at least e - 1 = 1.72. The last has nothing.
- A client is dropped at least d times if it is on d nodes, one after another, when each is restarted. There
  are C(n, d) ways to choose them; it begins on the first with the chance 1 / n, and goes to each next one
  with 1 / (n - 1). So the chance is C(n, d) / (n (n - 1)^(d - 1)): a half for twice, whatever n is, and for
  many nodes about 1 / d!. Their sum is the mean, (r^n - 1) / r: 1.62 for 4 nodes, 1.68 for 10, at most e - 1.

"The unsolved load balancing problem of websockets" (movingfulcrum.com) tells of such an upgrade, after which
the last node had no clients.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from rtreview.quantities.quantity import Count, Number, Ratio


class Rollout(NamedTuple):
    """The restart of all nodes, one after the other.

    Attributes:
        nodes: how many there are, two at least.
        connections: those of all nodes together.
        limit: the most connections that a node holds; None: not known. A node beyond it is only told of: what
            it would refuse is not sent elsewhere.

    """

    nodes: Count
    connections: Count
    limit: Count | None = None

    @property
    def share(self) -> Count:
        """The even share of a node."""
        return Count(self.connections.amount / self.nodes.amount)

    def grown(self, restarts: float) -> float:
        """The load of a node whose turn is to come, in even shares: r^m."""
        return math.exp(restarts * math.log1p(1 / (self.nodes.amount - 1)))

    def load(self, place: int, restarts: int) -> Count:
        """The connections of the k-th node to be restarted, after so many restarts."""
        before = self.grown(place) if restarts >= place else 0.0
        return self.share * (self.grown(restarts) - before)

    @property
    def mean_drops(self) -> Number:
        """How often a client is dropped on average: (r^n - 1) / r."""
        return Number((self.grown(self.nodes.amount) - 1) / self.grown(1))

    def dropped(self, times: int) -> Ratio:
        """The share of the clients that are dropped at least so often: C(n, d) / (n (n - 1)^(d - 1))."""
        nodes, share = self.nodes.amount, 1.0
        for earlier in range(1, times):
            share *= max(0.0, nodes - earlier) / ((earlier + 1) * (nodes - 1))
        return Ratio(share)

    def drops_of(self, share: float) -> Count:
        """The fewest drops that this share of the clients does not exceed."""
        times = 1
        while self.dropped(times + 1).amount > 1 - share:
            times += 1
        return Count(times)

    @property
    def exceeded_after(self) -> int | None:
        """The restarts after which the nodes that wait for theirs are beyond the limit; None: they never are.

        The fullest node is the last one, until its own turn.
        """
        nodes = int(self.nodes.amount)
        if self.limit is None:
            return None
        done = bisect_right(range(nodes), self.limit, key=lambda done: self.load(nodes, done))
        return done if done < nodes else None

    @property
    def over_limit(self) -> int:
        """The nodes that are beyond the limit in the end; the first ones have the most."""
        nodes = int(self.nodes.amount)
        if self.limit is None:
            return 0
        places = range(1, nodes + 1)
        return bisect_left(places, -self.limit.amount, key=lambda place: -self.load(place, nodes).amount)
