"""`make bench`: every promise of speed, as a ratio to its baseline in the same run."""

from bench import bulk, due, memory, pages, photo, rounds, tick, triage, visit
from bench.stage import say

if __name__ == "__main__":
    pages.run()
    triage.run()
    bulk.run()
    due.main()
    tick.main()
    rounds.run()
    for name, ours, baseline, _ in photo.measure():
        say(name, ours / 1000, baseline / 1000, "<= 1.3")
    visit.run()
    memory.main()
