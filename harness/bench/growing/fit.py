"""Exponents: how a cost grows with a size."""

import math


def exponent(points):
    """Of the power of the size that fits best: least squares of log cost against log size. None: too few points."""
    points = [(math.log(size), math.log(cost)) for size, cost in points if size > 0 and cost > 0]
    if len(points) < 2:
        return None
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread > 0 else None


def above(points, start):
    """What the sizes themselves cost, without START, which every run costs; only where that is not most of it: a
    difference of two noisy numbers says nothing, and a cost that hardly grows yet hides how it will."""
    return [(size, cost - start) for size, cost in points if cost > 2 * start]


class Series:
    """One thing at several sizes."""

    def __init__(self, name, unit, streams_within=None, judged_by="processor seconds"):
        """STREAMS_WITHIN: so many MB are enough whatever the size; None: memory may grow with it."""
        self.name, self.unit, self.streams_within, self.judged_by = name, unit, streams_within, judged_by
        self.start = 0.0
        self.costs = {}      # size: processor seconds (or what JUDGED_BY says), the least of all rounds
        self.seconds = {}    # size: by the clock, the least
        self.megabytes = {}  # size: the most

    def add(self, size, cost, seconds=None, megabytes=None):
        self.costs[size] = min(cost, self.costs.get(size, math.inf))
        if seconds is not None:
            self.seconds[size] = min(seconds, self.seconds.get(size, math.inf))
        if megabytes is not None:
            self.megabytes[size] = max(megabytes, self.megabytes.get(size, 0))

    def time_exponent(self):
        return exponent(above(sorted(self.costs.items()), self.start))

    def last_exponent(self):
        """Between the two largest sizes, where what comes late is seen first."""
        return exponent(self.largest_two())

    def largest_two(self):
        return above(sorted(self.costs.items())[-2:], self.start)

    def memory_exponent(self):
        return exponent(sorted(self.megabytes.items()))

    def troubles(self, tolerance):
        """What is worse than it may be."""
        found = []
        grows = self.time_exponent()
        if grows is not None and grows > tolerance:
            found.append(f"{self.name}: {self.judged_by} grow with the power {grows:.2f} of {self.unit}, more than "
                         f"{tolerance}")
        # Of two points, so more of it is noise, and the less the farther they are apart.
        last, two = self.last_exponent(), self.largest_two()
        if last is not None and two[1][0] >= 4 * two[0][0] and last > tolerance + 0.15:
            found.append(f"{self.name}: from {two[0][0]:,} to {two[1][0]:,} {self.unit} {self.judged_by} grow with the "
                         f"power {last:.2f}, more than {tolerance + 0.15:.2f}")
        if self.streams_within is not None and self.megabytes:
            most = max(self.megabytes.values())
            if most > self.streams_within:
                found.append(f"{self.name}: {most:.0f} MB at most, where {self.streams_within} have to do")
        return found
