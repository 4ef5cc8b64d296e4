"""Losses are counted exactly, from the numbers that publishers give their messages."""

from conftest import Table

TABLE = Table(100)
ONE = TABLE.rows(0, 1)
LAST = 2**64 - 1


def test_dropped_messages_are_counted_exactly(live):
    agent, publisher = live(rows=1000)
    kept = [n for n in range(1, 101) if n % 7 and n not in range(40, 60)]
    for number in kept:
        publisher.rows(ONE, sequence=(5, number))
    agent.wait_rows(len(kept))
    counters = agent.wait_counters(missed=kept[-1] - len(kept))
    assert counters["missed"] == kept[-1] - len(kept)
    assert agent.metric("leeway_messages_missed_total", model="m") == kept[-1] - len(kept)
    agent.assert_books_balance()


def test_loss_at_the_tail_shows_by_the_beacon(live):
    agent, publisher = live()
    for number in range(1, 11):
        publisher.rows(ONE, sequence=(5, number))
    publisher.beacon(5, rows=10)
    publisher.beacon(5, rows=25)
    assert agent.wait_counters(missed=15)["missed"] == 15
    publisher.beacon(5, rows=25)
    publisher.rows(ONE, sequence=(5, 26))
    assert agent.wait_rows(11)["missed"] == 15
    agent.assert_books_balance()


def test_duplicates_are_counted_and_not_counted_in(live):
    agent, publisher = live(rows=20)
    for number in range(1, 11):
        for _ in range(2):
            publisher.rows(ONE, sequence=(5, number))
    counters = agent.wait_counters(received=20)
    assert (counters["rows"], counters["duplicate"], counters["rejected"]) == (10, 10, {"duplicate": 10})
    agent.assert_books_balance()
    assert agent.windows() == []


def test_late_arrivals_take_their_loss_back(live):
    agent, publisher = live()
    for number in [1, 2, 5, 6, 3, 4]:
        publisher.rows(ONE, sequence=(5, number))
    counters = agent.wait_rows(6)
    assert (counters["missed"], counters["duplicate"]) == (0, 0)


def test_topics_and_publishers_are_numbered_apart(live, world):
    agent, publisher = live(reference=world / "scored.json")
    for number in range(1, 6):
        publisher.rows(ONE, sequence=(5, number))
        publisher.send("rows", {"id": "a", "label": 1}, sequence=(6, number))
        publisher.send("labels", {"outputs": [{"name": "l", "shape": [1], "datatype": "INT64", "data": [1]}]}, sequence=(5, number))  # fmt: skip
    counters = agent.wait_counters(rows=5, labels=10)
    assert (counters["missed"], counters["duplicate"]) == (0, 0)


def test_a_restarted_publisher_starts_anew(live):
    agent, publisher = live()
    for epoch in (5, 6):
        for number in range(1, 4):
            publisher.rows(ONE, sequence=(epoch, number))
    counters = agent.wait_rows(6)
    assert (counters["missed"], counters["duplicate"], counters["joined_late"]) == (0, 0, 0)


def test_joining_late_makes_the_window_partial_not_lossy(live):
    agent, publisher = live(rows=10)
    for number in range(51, 71):
        publisher.rows(ONE, sequence=(5, number))
    first, second = agent.wait_windows(2)
    assert first["window"]["partial"] and not second["window"]["partial"]
    counters = agent.counters()
    assert (counters["missed"], counters["joined_late"]) == (0, 1)


def test_the_window_says_what_it_missed(live):
    agent, publisher = live(rows=10)
    for number in [*range(1, 6), *range(9, 14)]:
        publisher.rows(ONE, sequence=(5, number))
    assert agent.wait_windows(1)[0]["window"]["missed"] == 3


def test_numbers_may_start_at_0_beacons_or_not(live):
    """wire.md leaves the first number open; a beacon may come before the first message."""
    agent, publisher = live()
    publisher.beacon(5, rows=0)
    for number in range(0, 5):
        publisher.rows(ONE, sequence=(5, number))
    counters = agent.wait_counters(received=6)
    assert (counters["rows"], counters["rejected"]) == (5, {})


def test_numbers_at_the_end_of_their_range(live):
    """A publisher with a broken counter costs its own figures, not the agent."""
    agent, publisher = live()
    for epoch in range(1, 5):
        publisher.rows(ONE, sequence=(epoch, 1))
        publisher.rows(ONE, sequence=(epoch, LAST))
        publisher.rows(ONE, sequence=(epoch, LAST))
    counters = agent.wait_counters(received=12)
    assert counters["rows"] == 8
    agent.assert_books_balance()


def test_beacons_at_the_end_of_their_range(live):
    agent, publisher = live()
    publisher.rows(ONE)
    for epoch in range(1, 5):
        publisher.beacon(epoch, rows=1)
        publisher.beacon(epoch, rows=LAST)
    agent.wait_counters(received=9)
    publisher.rows(ONE)
    agent.wait_rows(2)
    agent.assert_books_balance()


def test_a_window_survives_absurd_losses(live):
    """Each beacon's loss is within bounds; their sum over the panes of a window is not."""
    agent, publisher = live(rows=10)
    publisher.rows(TABLE.rows(0, 5))
    for epoch in range(1, 4):
        publisher.beacon(epoch, rows=1)
        publisher.beacon(epoch, rows=2**63)
    publisher.rows(TABLE.rows(0, 5))
    agent.wait_windows(1)
    agent.assert_books_balance()
