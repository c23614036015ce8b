"""Certified answers: the recording replayed on balls of Arb, each of which contains the true number.

`ball.py` points and programs as balls, `replay.py` derivatives by the rules, `cauchy.py` the same without any rule,
`ranges.py` over intervals, `enclosure.py` a ball as decimals and beside a double, `judges.py` what `check` asks.
"""
