"""Stories in which one party waits for the other, or sees it differently, and both can read it."""

from inspection.demo.course import (
    Accept,
    Acknowledge,
    AnswerDecision,
    AskDecision,
    Comment,
    ContestHold,
    Fix,
    Hold,
    Lift,
    Report,
    Start,
    Story,
    Workday,
)

SETTLED = (
    Story(
        "bike-gone",
        Workday(20, "12:40"),
        "0.01",
        "other",
        Report("Min cykel er væk fra stativet ude på kajen", "da"),
        (
            AskDecision(
                0,
                "13:05",
                "kasper",
                "scope",
                "The racks on the quay belong to the harbour, not to this contract. We told the "
                "harbour office at 13:00.",
            ),
            AnswerDecision(
                1,
                "09:20",
                "birgitte",
                "yes",
                "Agreed. The harbour office answers for the quay: havnen@klintsund.example.",
            ),
        ),
    ),
    Story(
        "beamer",
        Workday(15, "09:30"),
        "Screen 1.04",
        "equipment",
        Report("Skjermen i 1.04 flimrer", "nb"),
        (
            Acknowledge(0, "10:10", "birgitte", "P3", "mette"),
            Hold(
                1,
                "08:45",
                "birgitte",
                "no_access",
                "Gulvet i 1.04 blev poleret, døren var spærret.",
                scanned=True,
            ),
            ContestHold(
                1,
                "09:30",
                "kasper",
                "The polish was announced a week before, and the room was free from eleven.",
            ),
            Lift(2, "08:30", "birgitte", "Mette is in the room."),
            Start(2, "08:35", "mette"),
            Fix(2, "09:20", "mette", "Kabel skiftet, billedet står roligt."),
            Accept(3, "10:00", "kasper"),
        ),
    ),
)

WAITING = (
    Story(
        "hatch",
        Workday(3, "08:10"),
        "Fire door 0.09",
        "doors",
        Report("Yard door drags on the ground, we kick it open with the trolley", "en"),
        (
            Acknowledge(0, "08:50", "kasper", "P3", "piotr"),
            Start(1, "09:40", "piotr"),
            AskDecision(
                1,
                "10:10",
                "kasper",
                "quote",
                "Two new hinges and half a day of a locksmith. May we order?",
                amount="DKK 4,350 without VAT",
            ),
            Hold(1, "10:15", "kasper", "waiting_approval", "The order waits for the quote."),
            Comment(1, "11:20", "mette", "Indtil da: brug porten ved siden af, den er åben."),
        ),
    ),
)
