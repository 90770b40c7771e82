"""Three months in Havnehuset: what people reported and what the two parties did about it.

The ordinary reports, each put right and accepted, stand one a line in `routine.csv`; the ones a
visitor should meet are written out below, the dripping tap of room 2.14 first.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from inspection.demo.between import SETTLED, WAITING
from inspection.demo.cast import Language, Priority, category
from inspection.demo.causes import BY_THE_CUSTOMER, DRIP, REMOVED
from inspection.demo.course import (
    REPORTER,
    Accept,
    Acknowledge,
    Answer,
    AnswerDecision,
    Ask,
    AskDecision,
    Assign,
    Climb,
    Comment,
    ContestHold,
    DeclineRepeat,
    Disagree,
    Fix,
    FixTemporarily,
    Hold,
    MakeSafe,
    Merge,
    MeToo,
    MinutesAgo,
    NoFaultFound,
    Rate,
    Reopen,
    Report,
    Resolve,
    Return,
    Sign,
    Start,
    State,
    Step,
    Story,
    Thank,
    Weekend,
    When,
    Withdraw,
    Workday,
)

ROUTINE = Path(__file__).parent / "routine.csv"

URGENT = (
    Story(
        "hanging-lamp",
        Workday(31, "10:12"),
        "Ceiling luminaire 0.05-1",
        "danger",
        Report(
            "A ceiling lamp hangs by its cable above the reading corner, children underneath",
            "en",
            phoned_to="samira",
        ),
        (
            Acknowledge(0, "10:15", "kasper", "P1", "piotr"),
            Start(0, "10:21", "piotr"),
            MakeSafe(
                0, "10:32", "piotr", "Corner closed, circuit off, lamp taken down. Nobody hurt."
            ),
            Comment(0, "10:41", "torben", "Thank you. We moved story time to Fyret."),
            Fix(
                0,
                "14:05",
                "piotr",
                "Lamp back on new brackets, pull-tested. The other lamps of this row "
                "checked, two brackets tightened.",
                "lamp_new",
            ),
            Accept(1, "08:45", "torben", "Well handled, also by the librarians."),
        ),
    ),
    Story(
        "flood",
        Workday(1, "08:52"),
        "Basin tap 0.06-1",
        "leak",
        Report("Vandet løber ud over gulvet på toilettet!!", "da", "basin_puddle"),
        (
            Acknowledge(0, "09:01", "kasper", "P2", "piotr"),
            Start(0, "09:08", "piotr"),
            MakeSafe(
                0,
                "09:20",
                "piotr",
                "Water off at the floor valve, floor dried, door closed. Use the toilets "
                "on the first floor.",
            ),
            Comment(0, "09:34", "birgitte", "Signs are up at the front desk and the lift."),
            Comment(
                0,
                "13:50",
                "piotr",
                "Waste pipe under the basin has a crack. Part arrives tomorrow morning.",
            ),
        ),
        (
            MeToo(0, "08:55", Report("vand over det hele", "da")),
            MeToo(0, "08:57", Report("Water everywhere in the gents", "en", "basin_puddle")),
            MeToo(0, "08:58", Report("", "da")),
            MeToo(0, "09:03", Report("samma här, blöta skor", "sv")),
            MeToo(0, "09:04", Report("الماء على الأرض", "ar")),
            MeToo(0, "09:11", Report("also the corridor is wet now", "en")),
            MeToo(0, "09:16", Report("Woda wypływa spod umywalki", "pl")),
            MeToo(0, "09:18", Report("", "de", "basin_puddle")),
            MeToo(0, "10:20", Report("Toilettet er lukket, er der et andet?", "da")),
        ),
    ),
    Story(
        "lift-stuck",
        Workday(5, "09:40"),
        "Lift A",
        "doors",
        Report(
            "Elevatoren siger UDE AF DRIFT. Min mor sidder i kørestol på 2. sal",
            "da",
            "lift_out_of_order",
        ),
        (
            Acknowledge(0, "09:48", "helle", "P2", "samira"),
            Comment(
                0,
                "09:55",
                "mette",
                "I helped her down with the goods hoist at the yard. She is fine.",
            ),
            Start(0, "10:10", "samira"),
            MakeSafe(0, "10:25", "samira", "Stolen er tom og låst i stuen, skilte på alle etager."),
            FixTemporarily(
                1, "12:30", "samira", "Kører igen med halv hastighed. Ny dørstyring er fundet.", 6
            ),
            AskDecision(
                1,
                "12:50",
                "helle",
                "quote",
                "New door control for lift A, fitted by the maker. May we order today?",
                amount="DKK 41,200 without VAT",
            ),
            AnswerDecision(
                2, "08:35", "torben", "yes", "Yes, order it. It lay in my inbox overnight."
            ),
            Comment(
                2,
                "09:05",
                "kasper",
                "Ordered. The part takes until next week, so the promise of two days is lost.",
            ),
            Disagree(
                3,
                "10:20",
                "kasper",
                "relief",
                "The order waited sixteen hours for an answer. With it we would have had the part "
                "a day sooner.",
                "Relief for the day the answer took.",
            ),
        ),
        (MeToo(0, "11:02", Report("lift broken", "en", "lift_out_of_order")),),
    ),
    Story(
        "lift-second-floor",
        Workday(5, "09:44"),
        "2.01",
        "doors",
        Report("Aufzug kommt nicht", "de"),
        (Merge(0, "09:52", "kasper", "lift-stuck"),),
    ),
    Story(
        "lift-lobby",
        Workday(5, "10:31"),
        "0.08",
        "other",
        Report("der er ikke strøm på elevatoren??", "da"),
        (Merge(0, "11:15", "birgitte", "lift-stuck"),),
    ),
    Story(
        "glass-door",
        Workday(13, "15:20"),
        "Automatic door 0.07",
        "danger",
        Report("Drzwi zamknęły się na mojej ręce", "pl"),
        (
            Acknowledge(0, "15:26", "kasper", "P2", "piotr", category="doors"),
            Start(0, "15:31", "piotr"),
            MakeSafe(0, "15:38", "piotr", "Automatic drive off, door stays open, screen put up."),
            Ask(
                0,
                "15:44",
                "piotr",
                "Are you all right? And did you press the pad, or did it close by itself?",
            ),
            Answer(0, "18:05", REPORTER, "Wszystko dobrze. Sama się zamknęła"),
            Fix(
                1,
                "10:50",
                "piotr",
                "Safety sensor was covered by a poster. Poster moved, sensor and closing "
                "force measured.",
                "closer_adjusted",
            ),
            Accept(1, "13:15", "birgitte", "Posters there are our doing. We have marked the wall."),
            Thank(1, "17:02", REPORTER),
        ),
    ),
)

BACK_AND_FORTH = (
    Story(
        "sticky-stairs",
        Workday(5, "08:35"),
        "0.10",
        "cleaning",
        Report("Trappen er fedtet, især mellem stuen og 1. sal", "da"),
        (
            Acknowledge(0, "09:20", "kasper", "P3", "piotr"),
            Start(1, "07:15", "piotr"),
            Fix(1, "07:50", "piotr", "Stairs mopped."),
            Return(
                2,
                "09:05",
                "birgitte",
                "The handrail and the landing on the first floor are still sticky.",
            ),
            Comment(
                2,
                "09:40",
                "piotr",
                "Right, I missed the rail. I take it with the evening round's degreaser.",
            ),
        ),
    ),
    Story(
        "cold-corner",
        Workday(6, "12:18"),
        "Radiator 1.01-2",
        "climate",
        Report("17 degrees at the window seats, thermometer on the photo", "en", "radiator_cold"),
        (
            Acknowledge(0, "13:00", "kasper", "P3", "samira"),
            Start(1, "09:10", "samira"),
            Fix(1, "09:45", "samira", "Udluftet, bliver varm i hele bredden.", "radiator_warm"),
            Return(2, "10:12", REPORTER, "Still cold this morning, only the top is warm"),
            Comment(
                2,
                "11:00",
                "kasper",
                "The reporter is right, the valve insert is worn. A new one is ordered.",
            ),
            Disagree(
                2,
                "13:10",
                "birgitte",
                "priority",
                "17 degrees where people sit all day is no routine fault. This should be P2.",
                "P2, and a heater until the part is here.",
            ),
            State(
                3,
                "09:05",
                "kasper",
                "One window seat of forty, and the hall is at 21. By the words we signed that is "
                "P3; the heater we bring anyway.",
                "P3 stays; heater today.",
            ),
            Climb(4, "11:00", "birgitte"),
            Climb(4, "11:40", "kasper"),
        ),
        (MeToo(1, "15:30", Report("kaldt her", "nb")),),
    ),
    Story(
        "dark-corridor",
        Workday(24, "16:45"),
        "Ceiling luminaire 2.01-2",
        "power",
        Report("dark corridor on 2nd, one lamp dead, one nearly", "en", "lamp_dead"),
        (
            Acknowledge(1, "08:05", "kasper", "P3", "samira"),
            Start(2, "08:30", "samira"),
            Fix(2, "08:50", "samira", "Driver skiftet.", "lamp_new"),
            Return(2, "17:20", REPORTER, "The other one went out today"),
            Fix(
                3,
                "09:15",
                "samira",
                "Now both, and the two next to them while the ladder stood there.",
                "lamp_new",
            ),
            Accept(4, "10:25", "birgitte"),
            Rate(4, "16:50", REPORTER, 5),
        ),
    ),
    Story(
        "slamming-door",
        Workday(7, "11:05"),
        "Door closer 1.07",
        "doors",
        Report("Døren til elevatoren går ikke i, den står altid på klem", "da", "closer_stuck"),
        (
            Acknowledge(0, "12:15", "kasper", "P3", "piotr"),
            Start(1, "10:20", "piotr"),
            Fix(1, "10:45", "piotr", "Arm tightened, closes from every angle.", "closer_adjusted"),
            Accept(2, "09:00", "birgitte"),
            Reopen(5, "08:10", REPORTER, "Nu står den på klem igen"),
            Comment(
                5,
                "08:55",
                "kasper",
                "Piotr looks at it again, this time with a new closer in the bag.",
            ),
        ),
    ),
    Story(
        "gutter",
        Workday(20, "09:25"),
        "Roof gutter 0.09-1",
        "leak",
        Report(
            "Tagrenden er stoppet af blade, det vælter ned over cyklerne", "da", "gutter_blocked"
        ),
        (
            Acknowledge(0, "10:05", "kasper", "P3", "samira"),
            Start(2, "09:00", "samira"),
            Fix(2, "10:20", "samira", "Renset og spulet.", "gutter_clear"),
            Accept(3, "09:15", "birgitte"),
            Reopen(
                6,
                "08:20",
                "birgitte",
                "Same place in last night's rain. Is the downpipe blocked below?",
            ),
            Fix(
                7,
                "11:30",
                "samira",
                "Nest in the downpipe. Removed, grating fitted on top.",
                "gutter_clear",
            ),
            Accept(10, "10:00", "birgitte", "Dry through two days of rain."),
            Rate(10, "13:10", REPORTER, 4),
        ),
        (MeToo(1, "16:20", Report("våd cykelsadel hver dag", "da")),),
    ),
    Story(
        "smell",
        Workday(28, "10:30"),
        "K.04",
        "other",
        Report("Det lugter af kloak i omklædningen", "da"),
        (
            Acknowledge(0, "11:10", "kasper", "P3", "piotr"),
            Start(1, "08:40", "piotr"),
            NoFaultFound(
                1,
                "09:10",
                "piotr",
                "No smell this morning, drains hold water, air moves.",
                "basin_dry",
            ),
            Return(
                2,
                "08:25",
                "birgitte",
                "It comes in the afternoon, when the café empties its sinks.",
            ),
            Fix(
                3,
                "15:20",
                "piotr",
                "Found it: floor trap dries out behind the lockers. Refilled, oil layer "
                "on top, on the weekly round now.",
            ),
            Accept(5, "15:30", "birgitte", "Three afternoons without."),
        ),
    ),
    Story(
        "whistle",
        Workday(36, "14:40"),
        "Air handling unit K.01",
        "climate",
        Report("Det piber i ventilationen på 1. sal når det blæser", "da"),
        (
            Acknowledge(0, "15:10", "kasper", "P4", "piotr"),
            Ask(0, "15:12", "kasper", "Where do you hear it best, and at what time of day?"),
            Answer(1, "19:40", REPORTER, "Ved avislæserne, om eftermiddagen"),
            Start(3, "13:00", "piotr"),
            NoFaultFound(
                3,
                "14:10",
                "piotr",
                "Listened for an hour at all grilles, wind from west 9 m/s, nothing to hear. "
                "The fan draws an even current.",
                "meter",
            ),
            Accept(
                5,
                "09:50",
                "birgitte",
                "We cannot hear it either. Please report again if it returns.",
            ),
            Rate(6, "12:00", REPORTER, 3),
        ),
    ),
    Story(
        "cracked-tile",
        Workday(44, "12:22"),
        "0.02",
        "danger",
        Report("En flise er knækket og vipper, jeg var ved at falde", "da", "tile_cracked"),
        (
            Acknowledge(0, "12:31", "kasper", "P2", "piotr", category="other"),
            Start(0, "12:40", "piotr"),
            MakeSafe(0, "12:52", "piotr", "Cone and tape round the tile, loose piece taken up."),
            FixTemporarily(0, "14:30", "piotr", "Levelled with quick mortar, flat to walk on.", 2),
            Comment(
                1,
                "10:00",
                "torben",
                "Spare tiles are in our store at the town hall. Mette brings a box.",
            ),
            Assign(2, "08:15", "kasper", "samira"),
            Fix(2, "09:40", "samira", "Ny flise lagt og fuget.", "tile_replaced"),
            Accept(3, "10:40", "torben"),
            Rate(3, "19:15", REPORTER, 5),
            Thank(3, "19:15", REPORTER, "Flot arbejde"),
        ),
    ),
    Story(
        "ladies-bin",
        Workday(9, "10:10"),
        "1.06",
        "supplies",
        Report("No bin in the end cubicle", "en"),
        (
            Acknowledge(1, "15:20", "kasper", "P4", "samira"),
            Comment(1, "15:21", "kasper", "Late answer from us, this one slipped through. Sorry."),
            Start(3, "08:10", "samira"),
            Fix(3, "08:20", "samira", "Spand sat op og sat på listen."),
            Accept(4, "10:30", "birgitte"),
            Thank(4, "12:45", REPORTER),
        ),
    ),
)

TWICE_TOLD = (
    Story(
        "flicker",
        Workday(33, "09:02"),
        "Pendant luminaire 0.03-1",
        "power",
        Report("Lamp over table 4 flickers", "en"),
        (
            Acknowledge(0, "09:40", "kasper", "P3", "samira"),
            Start(1, "08:05", "samira"),
            Fix(1, "08:35", "samira", "Stik skiftet, lyser roligt.", "lamp_new"),
            Accept(2, "09:30", "birgitte"),
            Rate(2, "11:00", REPORTER, 5),
        ),
    ),
    Story(
        "flicker-too",
        Workday(33, "11:15"),
        "0.03",
        "power",
        Report("lampen blinker i cafeen", "da"),
        (Merge(0, "12:05", "kasper", "flicker"),),
    ),
    Story(
        "yard-bin",
        Workday(3, "07:50"),
        "Waste bin 0.09",
        "cleaning",
        Report("Containeren flyder over, rotter i morges", "da", "bin_overflowing"),
        (
            Acknowledge(0, "08:20", "kasper", "P3", "piotr"),
            Start(0, "09:00", "piotr"),
            Fix(
                0,
                "09:40",
                "piotr",
                "Emptied, yard washed, lid closes again. Pest control booked.",
                "bin_clean",
            ),
        ),
    ),
    Story(
        "yard-bin-too",
        Workday(3, "08:30"),
        "0.09",
        "other",
        Report("affald i gården", "da"),
        (Merge(0, "08:45", "birgitte", "yard-bin"),),
    ),
    Story(
        "mistaken",
        Workday(12, "18:20"),
        "Screen 2.11",
        "equipment",
        Report("Skærmen er sort", "da"),
        (Withdraw(0, "18:31", REPORTER),),
    ),
    Story(
        "found-switch",
        Weekend(3, "sat", "11:02"),
        "1.03",
        "power",
        Report("no light in Fyret... sorry if there is a switch somewhere", "en"),
        (Withdraw(0, "11:06", REPORTER),),
    ),
)

WITH_THE_CUSTOMER = (
    Story(
        "screen-2.10",
        Workday(1, "14:40"),
        "Screen 2.10",
        "equipment",
        Report("Ingen lyd på storskærmen, vi har foredrag i aften!", "da"),
    ),
    Story(
        "kiosk-slow",
        Workday(6, "12:12"),
        "Self-service station 1.02",
        "equipment",
        Report("Selvbetjeningen er meget langsom", "da"),
        (
            Acknowledge(1, "09:05", "birgitte", "P4", "idris"),
            AskDecision(
                1,
                "09:20",
                "birgitte",
                "information",
                "Was the network cable behind the shelf moved when you painted in September? "
                "Since then it is slow.",
            ),
        ),
        (MeToo(1, "16:30", Report("takes 3 minutes to borrow one book", "en")),),
    ),
    Story(
        "printer-streaks",
        Workday(4, "10:26"),
        "Printer 1.05-2",
        "equipment",
        Report("Streifen auf jeder Seite", "de"),
        (
            Acknowledge(0, "11:00", "birgitte", "P4", "mette"),
            Start(2, "09:15", "mette"),
            Comment(2, "09:50", "mette", "Valsen er slidt. En ny er bestilt hos leverandøren."),
            Hold(
                2,
                "10:05",
                "birgitte",
                "waiting_parts",
                "The drum comes from the maker on Thursday next week. May the clock wait for it?",
            ),
        ),
    ),
    Story(
        "coffee-cold",
        Workday(5, "08:20"),
        "Coffee machine 2.14",
        "equipment",
        Report("Kaffen er lunken", "da"),
        (
            Acknowledge(0, "08:55", "birgitte", "P4", "mette"),
            Start(1, "10:00", "mette"),
            Fix(1, "10:30", "mette", "Afkalket, 84 grader i koppen."),
            Return(
                2,
                "08:30",
                "kasper",
                "Our people measured 61 degrees this morning. Is the heater on a timer?",
            ),
            Disagree(
                2,
                "09:10",
                "samira",
                "verification",
                "84 in the cup was measured after ten cups in a row. The first cup is cold.",
                "Measure the first cup of the day.",
            ),
            State(2, "10:30", "mette", "Vi målte, som vi plejer: efter opvarmning. Den var god."),
            Resolve(
                3,
                "08:40",
                "mette",
                "We measure together, the first cup at 08:15, on three mornings. 75 degrees or "
                "more counts as put right.",
            ),
            Sign(3, "09:00", "samira"),
        ),
        (MeToo(2, "08:05", Report("lukewarm again", "en")),),
    ),
    Story(
        "dishwasher-2.14",
        Workday(3, "13:15"),
        "Dishwasher 2.14",
        "equipment",
        Report("Oppvaskmaskinen piper og stopper midt i", "nb"),
        (
            Acknowledge(0, "13:40", "birgitte", "P3", "idris"),
            Start(1, "09:20", "idris"),
            Fix(1, "10:05", "idris", "Inlet filter cleaned, ran a full programme."),
        ),
    ),
    Story(
        "chairs",
        Workday(8, "15:05"),
        "2.10",
        "equipment",
        Report("6 stole mangler fødder, ridser i gulvet", "da"),
        (
            Acknowledge(0, "15:30", "torben", "P4", "mette"),
            Start(4, "08:30", "mette"),
            Fix(4, "11:00", "mette", "Nye filtfødder på alle 60."),
            Comment(5, "09:00", "samira", "Tak, det kan ses på gulvet allerede."),
        ),
    ),
    Story(
        "self-service-2",
        Workday(19, "10:40"),
        "Self-service station 0.02-1",
        "equipment",
        Report("receipt printer jammed", "en"),
        (
            Acknowledge(0, "11:05", "birgitte", "P4", "idris"),
            Start(1, "09:30", "idris"),
            Fix(1, "09:45", "idris", "New roll."),
            Return(1, "13:20", "kasper", "Jams again after ten receipts, I tried it."),
            Fix(
                3,
                "10:15",
                "idris",
                "Cutter blade was bent, replaced. Fifty receipts without a jam.",
            ),
            Accept(4, "09:20", "kasper"),
            Rate(4, "15:00", REPORTER, 4),
        ),
    ),
)

WITH_THE_CONTRACTOR = (
    Story(
        "just-soap",
        MinutesAgo(11),
        "Soap dispenser 1.06",
        "supplies",
        Report("", "da", "dispenser_empty"),
    ),
    Story(
        "just-door",
        MinutesAgo(48),
        "Interior door 1.03",
        "doors",
        Report("Ovi narisee kamalasti, lukusali kuulee kaiken", "fi"),
    ),
    Story(
        "just-bin",
        MinutesAgo(95),
        "Waste bin 0.01",
        "cleaning",
        Report("Skraldespanden ved indgangen er fyldt", "da", "bin_overflowing"),
    ),
    Story(
        "evening-light",
        Workday(1, "17:55"),
        "Outdoor luminaire 0.01-2",
        "power",
        Report("Udelampen ved indgangen blafrer", "da"),
        me_too=(MeToo(0, "19:12", Report("", "en")),),
    ),
    Story(
        "evening-draught",
        Workday(1, "15:48"),
        "Window 1.02-2",
        "doors",
        Report("النافذة لا تُغلق والهواء بارد", "ar"),
    ),
    Story(
        "paper-1.06",
        Workday(1, "11:32"),
        "Paper dispenser 1.06",
        "supplies",
        Report("inga pappershanddukar", "sv", "dispenser_empty"),
        (Acknowledge(0, "12:40", "kasper", "P4", "samira"),),
    ),
    Story(
        "warm-server-room",
        Workday(1, "13:10"),
        "Room sensor 2.15",
        "climate",
        Report("29 grader i serverrummet", "da", phoned_to="idris"),
        (
            Acknowledge(0, "13:22", "kasper", "P2", "piotr"),
            Comment(0, "13:25", "idris", "Two servers can be switched off until tomorrow, done."),
            Start(0, "14:30", "piotr"),
            MakeSafe(
                0,
                "14:50",
                "piotr",
                "Door propped open and watched, mobile cooler running, 24 degrees.",
            ),
        ),
    ),
    Story(
        "toilet-lock",
        Workday(2, "10:05"),
        "Interior door 0.06",
        "doors",
        Report("lås på båsen driller, jeg var låst inde i 5 min", "da"),
        (
            Acknowledge(0, "11:00", "helle", "P3", "samira"),
            Assign(1, "08:20", "kasper", "piotr"),
            AskDecision(
                1,
                "09:00",
                "kasper",
                "access",
                "The lock comes out with the door off its hinges. May we close the toilets "
                "tomorrow from eight to ten?",
            ),
            Hold(1, "09:05", "kasper", "waiting_approval", "Leave to close the toilets."),
        ),
    ),
    Story(
        "study-light",
        Workday(3, "09:18"),
        "Ceiling luminaire 2.12-1",
        "power",
        Report("Światło razi w oczy po wymianie", "pl"),
        (
            Acknowledge(0, "10:20", "kasper", "P4", "samira"),
            Ask(0, "10:22", "kasper", "Which desk do you sit at?"),
            Answer(1, "08:15", REPORTER, "Trzecie biurko od okna"),
            AskDecision(
                2,
                "09:00",
                "birgitte",
                "priority",
                "Exams begin on Monday and this is the exam room. May it be P3?",
                priority="P3",
            ),
        ),
    ),
    Story(
        "van-light",
        Workday(2, "07:40"),
        "Service van 1",
        "other",
        Report("Baglygten i højre side er ude", "da", phoned_to="samira"),
        (Acknowledge(0, "08:05", "kasper", "P3", "samira"),),
    ),
    Story(
        "carpet",
        Workday(2, "14:15"),
        "1.04",
        "cleaning",
        Report("coffee on the carpet after our meeting, sorry!", "en"),
        (
            Acknowledge(0, "14:50", "kasper", "P3", "piotr"),
            Start(1, "07:20", "piotr", scanned=False),
            Hold(
                1,
                "13:10",
                "kasper",
                "no_access",
                "Piotr stood before a locked door with the machine; nobody answered the phone.",
                scanned=True,
            ),
            ContestHold(
                1,
                "14:20",
                "birgitte",
                "The key hangs at the front desk as always. The room was free all afternoon.",
            ),
        ),
    ),
    Story(
        "rattling-window",
        Workday(10, "13:50"),
        "Window 2.10-1",
        "doors",
        Report("Rude revnet nederst i Store Sal", "da"),
        (
            Acknowledge(0, "14:20", "kasper", "P3", "piotr"),
            Start(1, "10:00", "piotr"),
            FixTemporarily(
                1,
                "10:40",
                "piotr",
                "Crack taped inside and out, no draught. New pane is measured.",
                14,
            ),
            AskDecision(
                1,
                "11:10",
                "kasper",
                "quote",
                "New pane, measured and fitted by the glazier. May we order?",
                amount="DKK 6,840 without VAT",
            ),
            Hold(1, "11:15", "kasper", "waiting_approval", "The pane waits for the order."),
            Comment(2, "09:10", "torben", "It is with our building fund; they meet on Thursdays."),
        ),
    ),
)

AWAITING_THE_CUSTOMER = (
    Story(
        "fixed-tap",
        Workday(2, "08:45"),
        "Basin tap 1.06-2",
        "leak",
        Report("drypper hele tiden, spild af vand", "da", "tap_dripping"),
        (
            Acknowledge(0, "09:15", "kasper", "P3", "samira"),
            Start(1, "09:05", "samira"),
            Fix(1, "09:35", "samira", "Patron skiftet, tør.", "tap_repaired"),
        ),
    ),
    Story(
        "fixed-lamp",
        Workday(4, "15:10"),
        "Ceiling luminaire 1.07-1",
        "power",
        Report("pimeää hissin edessä", "fi", "lamp_dead"),
        (
            Acknowledge(1, "08:10", "kasper", "P3", "samira"),
            Start(2, "08:20", "samira"),
            Fix(2, "08:45", "samira", "Nyt panel.", "lamp_new"),
            Thank(2, "10:10", REPORTER, "kiitos!"),
        ),
    ),
    Story(
        "fixed-closer",
        Workday(3, "10:52"),
        "Door closer 0.06",
        "doors",
        Report("Døra smeller så babyen våkner", "nb", "closer_stuck"),
        (
            Acknowledge(0, "11:20", "kasper", "P3", "piotr"),
            Start(1, "11:00", "piotr"),
            Fix(1, "11:25", "piotr", "Closer adjusted, rubber stop fitted.", "closer_adjusted"),
        ),
    ),
    Story(
        "fixed-paper",
        Workday(1, "09:30"),
        "Paper dispenser 2.13",
        "supplies",
        Report("papir igen", "da"),
        (
            Acknowledge(0, "10:00", "kasper", "P4", "samira"),
            DeclineRepeat(
                0,
                "10:02",
                "kasper",
                "Paper is used up, nothing is broken. But twice in a month: one pack more a round.",
            ),
            Start(0, "11:05", "samira"),
            Fix(
                0, "11:15", "samira", "Fyldt op, to pakker i skabet under vasken.", "dispenser_full"
            ),
        ),
    ),
    Story(
        "fixed-nothing",
        Workday(4, "11:35"),
        "Hand dryer 1.06",
        "power",
        Report("gives electric shock??", "en"),
        (
            Acknowledge(0, "11:42", "kasper", "P2", "piotr"),
            Start(0, "12:00", "piotr"),
            MakeSafe(0, "12:05", "piotr", "Dryer off at the board."),
            NoFaultFound(
                1,
                "10:40",
                "piotr",
                "Insulation and earth measured, all good. Most likely static from the "
                "carpet. Dryer is on again.",
                "meter",
            ),
        ),
    ),
)


SUPERVISOR = {"customer": "birgitte", "contractor": "kasper"}


def _when(text: str, at: str) -> When:
    """`62` is the 62nd working day back, `sat9` a Saturday nine weekends ago."""
    if text[:3] == "sat":
        return Weekend(int(text[3:]), "sat", at)
    if text[:3] == "sun":
        return Weekend(int(text[3:]), "sun", at)
    return Workday(int(text), at)


def _later(text: str) -> tuple[int, str]:
    after, at = text.split()
    return int(after), at


def _earlier(at: str, minutes: str) -> str:
    hour, minute = map(int, at.split(":"))
    return "{:02}:{:02}".format(*divmod(hour * 60 + minute - int(minutes), 60))


def _thanks(after: int, row: Mapping[str, str]) -> Iterator[Step]:
    if row["stars"]:
        yield Rate(after, "16:30", REPORTER, int(row["stars"]))
    if row["thanks"]:
        yield Thank(after, "16:31", REPORTER, row["thanks"])


def _ordinary_steps(row: Mapping[str, str]) -> Iterator[Step]:
    supervisor = SUPERVISOR[category(row["category"]).owner_party]
    priority = cast(Priority, row["priority"])
    yield Acknowledge(*_later(row["acknowledged"]), supervisor, priority, row["who"])
    after, at = _later(row["fixed"])
    yield Start(after, _earlier(at, row["took"]), row["who"], scanned=row["scanned"] == "x")
    yield Fix(after, at, row["who"], row["note"], row["fix_picture"] or None)
    after, at = _later(row["accepted"])
    yield Accept(after, at, row["by"])
    yield from _thanks(after, row)


def _ordinary(number: int, row: Mapping[str, str]) -> Story:
    return Story(
        f"ordinary-{number}",
        _when(row["received"], row["at"]),
        row["place"],
        row["category"],
        Report(
            row["words"],
            cast(Language, row["language"]),
            row["picture"] or None,
            row["phoned_to"] or None,
        ),
        tuple(_ordinary_steps(row)),
    )


def ordinary() -> tuple[Story, ...]:
    """The stories of `routine.csv`: heard, put right, accepted."""
    with ROUTINE.open(encoding="utf-8", newline="") as file:
        return tuple(_ordinary(n, row) for n, row in enumerate(csv.DictReader(file), start=1))


STORIES: tuple[Story, ...] = (
    *DRIP,
    *URGENT,
    *REMOVED,
    *BY_THE_CUSTOMER,
    *SETTLED,
    *WAITING,
    *BACK_AND_FORTH,
    *TWICE_TOLD,
    *WITH_THE_CUSTOMER,
    *WITH_THE_CONTRACTOR,
    *AWAITING_THE_CUSTOMER,
    *ordinary(),
)
