from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aftertone.acoustics.audio import read_audio
from aftertone.acoustics.vad import speech_intervals
from aftertone.language.callback import CallbackNumber, find_callback_number
from aftertone.language.callback.spoken import digit_runs
from aftertone.language.callback.timing import reading_groups, timed_reading
from aftertone.language.callback.wording import said_groups, written_groups
from aftertone.language.transcript import Transcript, Word


def heard(text: str, step_s: float = 0.35) -> Transcript:
    return Transcript(
        tuple(Word(word, at * step_s, (at + 0.9) * step_s) for at, word in enumerate(text.split()))
    )


def number(text: str, region: str = "US", expected: str | None = None) -> CallbackNumber:
    found = find_callback_number(heard(text), region=region, expected=expected)
    assert found.digits is not None
    return found


# What is said | the number, and how many full readings there are, by hand.
AMERICAN = """
call me at eight hundred five five five one two three four | 8005551234 | 1
call me at 800-555-1234. | 8005551234 | 1
call me at (800) 555-1234. | 8005551234 | 1
call me at 800.555.1234 | 8005551234 | 1
call me at 800 555 1234 | 8005551234 | 1
call me at 8005551234 | 8005551234 | 1
call me at 800 5551234 | 8005551234 | 1
call me at 1-800-555-1234 | 8005551234 | 1
call me at +1 800 555 1234 | 8005551234 | 1
call me at +18005551234 | 8005551234 | 1
call me at 1 (800) 555-1234 | 8005551234 | 1
one eight hundred five five five one two one two | 8005551212 | 1
one eight zero zero five five five one two one two | 8005551212 | 1
eight oh oh five five five twelve twelve | 8005551212 | 1
eight hundred five fifty five twelve twelve | 8005551212 | 1
eight double oh five double five one two one two | 8005551212 | 1
eight double zero triple five one two one two | 8005551212 | 1
eight zero zero five five five one two one two | 8005551212 | 1
eight nought nought five five five one two one two | 8005551212 | 1
eight o o five five five one two one two | 8005551212 | 1
eight hundred five five five twelve hundred | 8005551200 | 1
eight hundred five five five nineteen hundred | 8005551900 | 1
eight hundred five five five five thousand | 8005555000 | 1
eight hundred dash five five five dash one two three four | 8005551234 | 1
eight hundred dot five five five dot one two three four | 8005551234 | 1
eight hundred hyphen five five five hyphen one two three four | 8005551234 | 1
plus one eight hundred five five five one two three four | 8005551234 | 1
EIGHT HUNDRED FIVE FIVE FIVE ONE TWO THREE FOUR | 8005551234 | 1
Eight hundred, five five five, one two three four. | 8005551234 | 1
four one five two six seven three eight nine oh | 4152673890 | 1
four fifteen two sixty seven thirty eight ninety | 4152673890 | 1
four one five twenty-six seven thirty-eight ninety | 4152673890 | 1
area code four one five two six seven three eight nine oh | 4152673890 | 1
area code 415 and then 267 3890 | 4152673890 | 1
area code 415 number 267 3890 | 4152673890 | 1
area code 415 and the number is 267 3890 | 4152673890 | 1
the area code is 415 and the rest is 267 3890 | 4152673890 | 1
five hundred and twelve five five five one two three four | 5125551234 | 1
five twelve five five five twelve thirty four | 5125551234 | 1
nine oh nine five five five oh one two three | 9095550123 | 1
two one two um five five five uh oh one four two | 2125550142 | 1
two one two [NOISE] five five five [SPEECH] oh one four two | 2125550142 | 1
two one two five five five oh one for two | 2125550142 | 1
to one two five five five oh one four two | 2125550142 | 1
too won too five five five owe won fore too | 2125550142 | 1
eight oh oh five five five to for won ate | 8005552418 | 1
call me at eight oh oh five five five for three two one | 8005554321 | 1
it's for one five 267 3890 | 4152673890 | 1
ate hundred five five five won two three four | 8005551234 | 1
my number is two or six five five five two six seven one thanks | 2065552671 | 1
call 212 555 0142 or 212 555 0142 | 2125550142 | 2
call 555 0142 or 212 555 0142 | 2125550142 | 1
the number is two one two five five five oh free oh mine | 2125550309 | 1
call 800 555 1234 day or night | 8005551234 | 1
eight hundred five five five one two three four day or night | 8005551234 | 1
call 800 555 1234 for free | 8005551234 | 1
call 800 555 1234 that number is mine | 8005551234 | 1
call 800 555 1234 for two weeks | 8005551234 | 1
call 800 555 1234 for more | 8005551234 | 1
call 800 555 1234 to talk | 8005551234 | 1
call 800 555 1234 too | 8005551234 | 1
oh, 800 555 1234 | 8005551234 | 1
800 555 1234 oh and thanks | 8005551234 | 1
by five thirty 800 555 1234 | 8005551234 | 1
by 5:30 at 800 555 1234 | 8005551234 | 1
by 5 p.m. 800 555 1234 | 8005551234 | 1
by five p m call 800 555 1234 | 8005551234 | 1
call before 12 at 800 555 1234 by friday the 12th | 8005551234 | 1
on may third 2026 call 800 555 1234 | 8005551234 | 1
twenty twenty six call 800 555 1234 | 8005551234 | 1
eight hundred 5:55 twelve thirty four | 8005551234 | 1
800 5:55 1234 | 8005551234 | 1
800 555 12:34 | 8005551234 | 1
1-800-FLOWERS | 8003569377 | 1
1 800 flowers | 8003569377 | 1
one eight hundred flowers | 8003569377 | 1
call 1-800-GOT-JUNK today | 8004685865 | 1
1-800-CALL-ATT | 8002255288 | 1
one eight hundred f l o w e r s | 8003569377 | 1
1-888-555-HELP | 8885554357 | 1
212 200 um 8002 thanks | 2122008002 | 1
call 800 555 1234 two times | 8005551234 | 1
call 800 555 1234 one more time | 8005551234 | 1
555-1234 | 5551234 | 1
five five five one two three four | 5551234 | 1
call 555 1234 or 5551234 | 5551234 | 2
call us back at 555 0142 thanks | 5550142 | 1
five five five one two three four five five five one two three four | 5551234 | 2
212-555-0142 | 2125550142 | 1
212-555-0142 2125550142 212.555.0142 | 2125550142 | 3
reach me at 800-555-1234. Again, that's 800-555-1234. | 8005551234 | 2
800 555 1234 again 800 555 1234 | 8005551234 | 2
800 555 1234 that's 800 555 1234 | 8005551234 | 2
800 555 1234 again that's 800 555 1234 | 8005551234 | 2
800 555 1234 once again 800 555 1234 | 8005551234 | 2
800 555 1234 I repeat 800 555 1234 | 8005551234 | 2
800 555 1234 one more time 800 555 1234 | 8005551234 | 2
800 555 1234 i'll say that again 800 555 1234 | 8005551234 | 2
800 555 1234 my number again is 800 555 1234 | 8005551234 | 2
800 555 1234 thanks bye 800 555 1234 | 8005551234 | 2
800 555 1234 and 800 555 1234 | 8005551234 | 2
800 555 1234 800 555 1234 | 8005551234 | 2
8005551234 8005551234 | 8005551234 | 2
80055512348005551234 | 8005551234 | 2
1-800-555-1234 1-800-555-1234 | 8005551234 | 2
1 800 555 1234 800 555 1234 | 8005551234 | 2
800 555 1234 1 800 555 1234 | 8005551234 | 2
800 555 1234 800 555 1234 800 555 1234 | 8005551234 | 3
eight zero zero 555 one two three four eight zero zero five five five one two three four | 8005551234 | 2
one eight zero zero 555 one two three four one eight zero zero 555 one two three four | 8005551234 | 2
two one two five five five oh one four two two one two five five five oh one four two | 2125550142 | 2
my number is eight oh oh double five five one two three four that's 800-555-1234 | 8005551234 | 2
800 555 1234 that's 1234 | 8005551234 | 1
800 555 1234 that's 555 1234 | 8005551234 | 1
area code 415 267 3890 that's 415 267 3890 | 4152673890 | 2
eight hundred five five six sorry five five seven one two three four | 8005571234 | 1
800 556 sorry 557 1234 | 8005571234 | 1
800 556 1234 sorry 800 557 1234 | 8005571234 | 1
800 556 1234 no 800 557 1234 | 8005571234 | 1
800 556 1234 correction 800 557 1234 | 8005571234 | 1
800 556 1234 i mean 800 557 1234 | 8005571234 | 1
800 556 1234 excuse me 800 557 1234 | 8005571234 | 1
800 556 1234 sorry that's 800 557 1234 | 8005571234 | 1
800 556 1234 make that 800 557 1234 | 8005571234 | 1
800 555 1243 sorry 1234 | 8005551234 | 1
800 555 12 sorry 1234 | 8005551234 | 1
eight hundred five five five sorry one two three four | 8005551234 | 1
invoice number 4155552671 please call 800 555 1234 | 8005551234 | 1
call 800 555 1234 about invoice 4155552671 | 8005551234 | 1
about your account 4155552671 my number is 212 555 0142 | 2125550142 | 1
order number 12345678901 call me at 212 555 0142 | 2125550142 | 1
reference 8005551212 phone 212 555 0142 | 2125550142 | 1
my zip code is 90210 and my number is 310 555 2368 | 3105552368 | 1
you owe $1,250.00 call 212 555 0142 | 2125550142 | 1
you owe 1250 dollars call 212 555 0142 | 2125550142 | 1
it's 50% off call 212 555 0142 | 2125550142 | 1
on 12/05/2026 we sent it call 212 555 0142 | 2125550142 | 1
suite 12 call 212 555 0142 | 2125550142 | 1
my policy is 123456789 reach me on 212 555 0142 | 2125550142 | 1
invoice 44713 reach me at 212 555 0142 or 212 555 0142 | 2125550142 | 2
call me at 212 555 0142 extension 12 | 2125550142 | 1
call me at 212 555 0142 x12 that's 212 555 0142 x12 | 2125550142 | 2
call me at 212 555 0142 extension twelve again 212 555 0142 extension twelve | 2125550142 | 2
call me at 212 555 0142 ext. 12 by 5 | 2125550142 | 1
plus four four twenty seven nine four six oh nine five eight | 442079460958 | 1
+44 20 7946 0958 | 442079460958 | 1
+61 2 9374 4000 that's +61 2 9374 4000 | 61293744000 | 2
011 44 20 7946 0958 | 442079460958 | 1
212 555 0142 um 212 um 555 um 0142 | 2125550142 | 2
nine one nine eight four four seven zero five seven seven zero five seven | 9198447057 | 1
919 844 7057 7057 | 9198447057 | 1
one eight hundred go fedex | 8004633339 | 1
800 555 1234 whoops 800 555 1235 | 8005551235 | 1
212 555 0142 pardon me 212 555 0143 | 2125550143 | 1
212 555 no wait 212 556 0142 | 2125560142 | 1
area code two one two five five five oh one four scratch that oh one forty two | 2125550142 | 1
212 five five five zero one four two and again two one two five five five zero one 42 | 2125550142 | 2
eight aught aught five five five one two three four | 8005551234 | 1
niner one niner eight four four seven zero five seven | 9198447057 | 1
triple eight five five five one two double three | 8885551233 | 1
eight hundred quadruple five five one two | 8005555512 | 1
800 double 5 5 1 2 3 4 | 8005551234 | 1
800 triple-five 1234 | 8005551234 | 1
eight hundred double-five five one two three four | 8005551234 | 1
eight hundred five five five nineteen ninety nine | 8005551999 | 1
two twelve five fifty five ten ten | 2125551010 | 1
two twelve, five fifty-five, oh one forty-two | 2125550142 | 1
four fifteen nine eighteen twenty ten | 4159182010 | 1
nine nineteen eight forty four seventy fifty seven | 9198447057 | 1
eight sixty-six five fifty-five twenty-one twelve | 8665552112 | 1
Eight-hundred five-fifty-five twelve-twelve | 8005551212 | 1
two one two six hundred one two three four | 2126001234 | 1
two one two six hundred twelve hundred | 2126001200 | 1
three one two five hundred forty four hundred | 3125004400 | 1
two one two five five five two thousand | 2125552000 | 1
one eight hundred five hundred twelve hundred | 8005001200 | 1
eight hundred and five five five one two three four | 8005551234 | 1
Eight, hundred, five five five, one two three four | 8005551234 | 1
8 hundred 555 1234 | 8005551234 | 1
8-hundred 555 1234 | 8005551234 | 1
call 800,555,1234 | 8005551234 | 1
call 1,800,555,1234 | 8005551234 | 1
call 8,005,551,234 | 8005551234 | 1
plus one two one two five five five oh one four two | 2125550142 | 1
country code one area code two one two five five five oh one four two | 2125550142 | 1
country code four four two oh seven nine four six oh nine five eight | 442079460958 | 1
oh one one four four two oh seven nine four six oh nine five eight | 442079460958 | 1
+1-212-555-0142 | 2125550142 | 1
+1.212.555.0142 | 2125550142 | 1
+1(212)555-0142 | 2125550142 | 1
(+1) 212 555 0142 | 2125550142 | 1
the number with area code is 415 267 3890 | 4152673890 | 1
my area code is 415 and my number is 267 3890 | 4152673890 | 1
call me at 212 555 0142 and my extension is 340 | 2125550142 | 1
five five five dash one two three four | 5551234 | 1
two one two point five five five point oh one four two | 2125550142 | 1
1-800-F-L-O-W-E-R-S | 8003569377 | 1
one eight hundred five five five h e l p | 8005554357 | 1
1-800-CONTACTS | 8002668228 | 1
212-555-CARE | 2125552273 | 1
call 212 555 C A R E | 2125552273 | 1
ate oh oh five five five won too three for | 8005551234 | 1
five five five to to to to | 5552222 | 1
eight hundred five five five for for for for | 8005554444 | 1
call 312 5:06 1234 | 3125061234 | 1
8:00 555 1234 | 8005551234 | 1
call (800)555-1234 | 8005551234 | 1
call 800/555-1234 | 8005551234 | 1
call 800 - 555 - 1234 | 8005551234 | 1
call 800 – 555 – 1234 | 8005551234 | 1
call 800‑555‑1234 | 8005551234 | 1
8 0 0 5 5 5 1 2 3 4 | 8005551234 | 1
8, 0, 0, 5, 5, 5, 1, 2, 3, 4. | 8005551234 | 1
80055 51234 | 8005551234 | 1
80 0555 1234 | 8005551234 | 1
1-800-5, 5, 5, 1-2-3-4 | 8005551234 | 1
800 555 twelve 34 | 8005551234 | 1
five-five-five, one-two-three-four | 5551234 | 1
800 556 I'm sorry 557 1234 | 8005571234 | 1
800 556 oh sorry 557 1234 | 8005571234 | 1
800 556 uh no 557 1234 | 8005571234 | 1
800 556 1234 wait no 800 557 1234 | 8005571234 | 1
800 556 12 let me start over 800 557 1234 | 8005571234 | 1
eight hundred five five five one two three five sorry four | 8005551234 | 1
800 555 1234 no 1235 | 8005551235 | 1
two one two five five five oh one four three sorry oh one four two | 2125550142 | 1
two one two five five six no five oh one four two | 2125550142 | 1
call 9 to 5 212 555 0142 | 2125550142 | 1
call us 24/7 at 212 555 0142 | 2125550142 | 1
on 2026-11-22 call 212 555 0142 | 2125550142 | 1
fax 212 555 0199 phone 212 555 0142 | 2125550142 | 1
my account number is 415 267 3890 and my phone number is 212 555 0142 | 2125550142 | 1
call me about account number 415 267 3890 on 212 555 0142 | 2125550142 | 1
the tracking number is 415 267 3890. my cell is 212 555 0142 | 2125550142 | 1
the reference is 415 267 3890 and you can reach me at 212 555 0142 | 2125550142 | 1
order 415 267 3890 is ready my direct line is 212 555 0142 | 2125550142 | 1
i tried you at 415 267 3890 please call me back on 212 555 0142 | 2125550142 | 1
i called you on 415 267 3890 my number is 212 555 0142 | 2125550142 | 1
is your number still 415 267 3890 mine is 212 555 0142 | 2125550142 | 1
my office is 212 555 0142 and my cell is 917 555 0143 | 2125550142 | 1
the price is 1250 and the zip code is 94107 text me at 212 555 0142 | 2125550142 | 1
your appointment is on 11/22 at 10:30 ring 212 555 0142 | 2125550142 | 1
we close at 5:30 phone 212 555 0142 | 2125550142 | 1
""".strip().splitlines()

ELSEWHERE = """
GB | oh two oh seven nine four six oh nine five eight | 02079460958 | 1
GB | my direct line is o7, 7, 0, 0, 9, 0, oh1, 2, 3 | 07700900123 | 1
GB | 020 7946 0958 | 02079460958 | 1
GB | 020 7946 0958 that's 020 7946 0958 | 02079460958 | 2
GB | +44 20 7946 0958 | 02079460958 | 1
GB | +44 20 7946 0958 or 020 7946 0958 | 02079460958 | 2
GB | oh double seven double oh nine double oh one two three | 07700900123 | 1
GB | 07700 900123 | 07700900123 | 1
GB | 07911 123456 again 07911 123456 | 07911123456 | 2
GB | nought seven nine double one one two three four five six | 07911123456 | 1
GB | oh one two one four nine six oh eight two four | 01214960824 | 1
GB | 0121 496 0824 0121 496 0824 | 01214960824 | 2
GB | oh eight hundred one one double one | 08001111 | 1
GB | 0118 496 0123 | 01184960123 | 1
GB | double oh 44 20 7946 0958 | 02079460958 | 1
AU | oh four one two three four five six seven eight | 0412345678 | 1
AU | 0412 345 678 that's 0412 345 678 | 0412345678 | 2
AU | 02 9374 4000 | 0293744000 | 1
AU | +61 2 9374 4000 | 0293744000 | 1
AU | oh two nine three seven four four triple oh | 0293744000 | 1
AU | thirteen hundred triple six triple nine | 1300666999 | 1
AU | 1800 123 456 | 1800123456 | 1
NZ | oh nine three oh seven two three four five | 093072345 | 1
NZ | 021 123 4567 | 0211234567 | 1
NZ | 09 307 2345 again 09 307 2345 | 093072345 | 2
IE | 01 234 5678 | 012345678 | 1
CA | 416 555 0142 | 4165550142 | 1
us | 212 555 0142 | 2125550142 | 1
IN | nine eight seven six five four three two one oh | 9876543210 | 1
IN | 98765 43210 | 9876543210 | 1
IN | 98765 43210 again 98765 43210 | 9876543210 | 2
IN | +91 98765 43210 | 09876543210 | 1
IN | plus nine one nine eight seven six five four three two one zero | 09876543210 | 1
IN | double nine eight seven six five four three two one | 9987654321 | 1
IN | oh two two two three four five six seven eight nine | 02223456789 | 1
IN | 022 2345 6789 | 02223456789 | 1
IN | 080 4123 4567 that's 080 4123 4567 | 08041234567 | 2
DE | 030 901820 | 030901820 | 1
DE | oh three oh nine oh one eight two oh | 030901820 | 1
DE | 0151 23456789 | 015123456789 | 1
DE | oh one five one two three four five six seven eight nine | 015123456789 | 1
DE | +49 30 901820 | 030901820 | 1
DE | 089 63648018 that's 089 63648018 | 08963648018 | 2
DE | oh eight nine sixty three sixty four eighty eighteen | 08963648018 | 1
GB | 0121 496 0366 that's 0366 | 01214960366 | 1
GB | oh one two one four nine six oh three six six oh three six six | 01214960366 | 1
AU | oh four one two three four five six seven eight six seven eight | 0412345678 | 1
GB | +44 (0)20 7946 0958 | 02079460958 | 1
GB | plus four four oh two oh seven nine four six oh nine five eight | 02079460958 | 1
GB | plus four four two oh seven nine four six oh nine five eight | 02079460958 | 1
GB | 0044 20 7946 0958 | 02079460958 | 1
GB | nought two nought seven nine four six nought nine five eight | 02079460958 | 1
GB | oh seven seven double oh nine hundred one two three | 07700900123 | 1
GB | zero one two one, four nine six, zero eight double four | 01214960844 | 1
GB | oh eight hundred four nine six oh one two three | 08004960123 | 1
GB | oh one eighteen four nine six oh one two three | 01184960123 | 1
GB | 07700 900 123 that's 07700 900123 | 07700900123 | 2
GB | 02079460958 ext 12 | 02079460958 | 1
GB | oh two oh seven nine four five sorry four six oh nine five eight | 02079460958 | 1
US | +44 (0)20 7946 0958 | 442079460958 | 1
CA | one six oh four five five five oh one four two | 6045550142 | 1
CA | 604-555-0142 or 604 555 0142 | 6045550142 | 2
CA | 514 five five five oh one four two that's five fourteen five fifty five oh one forty two | 5145550142 | 2
CA | plus one four one six five five five zero one four two | 4165550142 | 1
CA | 1-800-GOT-JUNK | 8004685865 | 1
AU | oh four double one two three four five six seven | 0411234567 | 1
AU | +61 412 345 678 | 0412345678 | 1
AU | (02) 9374 4000 | 0293744000 | 1
AU | one eight hundred one two three four five six | 1800123456 | 1
AU | one three double oh six six six nine nine nine | 1300666999 | 1
AU | zero three nine triple six double one double two | 0396661122 | 1
AU | plus sixty one two nine three seven four four thousand | 0293744000 | 1
NZ | 0800 83 83 83 | 0800838383 | 1
NZ | oh eight hundred eighty-three eighty-three eighty-three | 0800838383 | 1
NZ | +64 9 307 2345 | 093072345 | 1
NZ | plus six four two one one two three four five six seven | 0211234567 | 1
NZ | oh two one double one two three four five | 021112345 | 1
IN | ninety-eight seven sixty-five four thirty-two ten | 9876543210 | 1
IN | plus ninety one ninety eight seven sixty five forty three two ten | 09876543210 | 1
IN | zero one one two three four five six seven eight nine | 01123456789 | 1
IN | 011 2345 6789 again 011 2345 6789 | 01123456789 | 2
IN | 1800 123 4567 | 18001234567 | 1
IN | nine eight triple seven double six five four three | 9877766543 | 1
IN | 987-654-3210 | 9876543210 | 1
DE | +49 (0)30 901820 | 030901820 | 1
DE | plus four nine three oh nine oh one eight two oh | 030901820 | 1
DE | plus four nine one five one two three four five six seven eight nine | 015123456789 | 1
DE | 0049 30 901820 | 030901820 | 1
DE | zero three zero ninety eighteen twenty | 030901820 | 1
DE | oh eight hundred triple one double oh double two | 08001110022 | 1
DE | 030 / 901820 | 030901820 | 1
DE | 030-901820 that's 030 90 18 20 | 030901820 | 2
""".strip().splitlines()


# Region | what is said | the number, "-" for none | full readings, by hand.
# Digits in words, in numerals, and in both.
SAID_IN_WORDS = """
US | nine hundred and seventy two five five five oh one four three | 9725550143 | 1
US | nine hundred seventy two five five five oh one four three | 9725550143 | 1
US | nine hundred and five five five five oh one four three | 9055550143 | 1
US | eight hundred double five five oh one four three | 8005550143 | 1
US | 8 hundred 555 0143 | 8005550143 | 1
US | 800 double 5 5 0143 | 8005550143 | 1
US | 800 triple 5 0143 | 8005550143 | 1
US | eight hundred five five five triple oh three | 8005550003 | 1
US | eight hundred five five five oh oh oh three | 8005550003 | 1
US | eight hundred five five five double oh oh three | 8005550003 | 1
US | eight hundred five five five oh double oh three | 8005550003 | 1
US | eight zero zero five five five zero zero zero three | 8005550003 | 1
US | 800 555 0003 | 8005550003 | 1
US | 800-555-0003. | 8005550003 | 1
US | 800-555-000-3 | 8005550003 | 1
US | 800-5550003 | 8005550003 | 1
US | 800-555-0-0-0-3 | 8005550003 | 1
US | 800, 555, 00 03 | 8005550003 | 1
US | 800 555 triple zero 3 | 8005550003 | 1
US | 1-800-555-0003 | 8005550003 | 1
US | call 800 555 0003 that's 800 555 0003 | 8005550003 | 2
US | eight hundred five five five three zeros three | 8005550003 | 1
US | three one two, triple five, zero one, forty three | 3125550143 | 1
US | three twelve, triple five, oh one four three | 3125550143 | 1
US | nought double oh | - | 0
US | three one two five five five four thousand | 3125554000 | 1
US | six oh two, two hundred, eighteen eighty | 6022001880 | 1
US | It's 312 555, 0143. | 3125550143 | 1
US | My number is 312-555-0143. Thank you. | 3125550143 | 1
US | My number is (312) 555-0143, thank you. | 3125550143 | 1
US | 312. 555. 0143. | 3125550143 | 1
US | 3-1-2-5-5-5-0-1-4-3 | 3125550143 | 1
US | 312 five five five 01 forty three | 3125550143 | 1
US | 312 555 0143, no rush, thanks | 3125550143 | 1
US | 312 555 0143 sorry for the trouble | 3125550143 | 1
US | after 5 312 555 0143 | 3125550143 | 1
US | at five thirty 312 555 0143 | 3125550143 | 1
US | call before 9 30 at 312 555 0143 | 3125550143 | 1
US | you can reach me until 6 pm at 312 555 0143 | 3125550143 | 1
US | if you can't reach me at 312 555 0143 try 773 555 0199 | 3125550143 | 1
US | (800) 555-0003, that's 800-555-0003 | 8005550003 | 2
US | eight double oh double five five triple zero three | 8005550003 | 1
US | eight hundred five five five zero zero zero three again eight hundred five five five triple zero \
three | 8005550003 | 2
US | 800 555 O O O 3 | 8005550003 | 1
US | three one two double five five oh one double four | 3125550144 | 1
US | three hundred twelve five five five oh one four three | 3125550143 | 1
US | nine oh five five five five ten ten | 9055551010 | 1
US | eight fifty five five five five oh one four three | 8555550143 | 1
US | you can get me on three one two five five five oh one four three that's three one two five five \
five oh one four three | 3125550143 | 2
US | Hi, it's Ann. I'm at 312-555-0143. That number again is 312-555-0143. | 3125550143 | 2
US | toll free 888 555 0143 | 8885550143 | 1
US | one triple eight five five five oh one four three | 8885550143 | 1
US | one eight six six, five five five, oh one hundred | 8665550100 | 1
US | four oh four, two twenty, seventy seven hundred | 4042207700 | 1
US | six one seven, five oh oh, double two double three | 6175002233 | 1
US | nine seven oh triple three triple oh one | 9703330001 | 1
US | 5551234567 5551234567 | 5551234567 | 2
US | 312... 555... 0143 | 3125550143 | 1
US | three one two; five five five; zero one four three | 3125550143 | 1
US | 312 555 0 1 4 3 | 3125550143 | 1
US | 312 five fifty-five 0143 | 3125550143 | 1
US | 3 12 555 01 43 | 3125550143 | 1
US | (312)555-0143 | 3125550143 | 1
US | +1 (312) 555-0143, again +1 (312) 555-0143 | 3125550143 | 2
US | one, three one two, five five five, zero one four three | 3125550143 | 1
US | three, one, two. Five, five, five. Zero, one, four, three. | 3125550143 | 1
US | that's 312 555 0142, hang on, that's wrong, 0143 | 3125550143 | 1
US | it's 312 555 0146 make it a 3 at the end | 3125550143 | 1
US | 312, I repeat, 312, 555, I repeat, 555, 0143, I repeat, 0143 | 3125550143 | 1
US | three one two, three one two. five five five, five five five. oh one four three, oh one four three. \
| 3125550143 | 1
US | 312-312-555-555-0143-0143 | 3125550143 | 1
US | 312, ready for the rest, 555 0143 | 3125550143 | 1
US | 312, uh, let me check, yeah, 555 0143 | 3125550143 | 1
US | 312, still with me, 555, 0143 | 3125550143 | 1
US | 312 555, and the last four are 0143 | 3125550143 | 1
US | call 8 hundred 5 5 5 0 1 hundred | 8005550100 | 1
US | eight hundred, five fifty five, one thousand | 8005551000 | 1
US | call eight seven seven, nine hundred, four thousand | 8779004000 | 1
US | two oh two, four five six, eleven eleven | 2024561111 | 1
US | 12345 12345 12345 | 123451234512345 | 1
US | 800-222-2222 | 8002222222 | 1
""".strip().splitlines()

# The area code after the rest.
AREA_CODE_AFTER = """
US | 555 0143 area code 312 | 3125550143 | 1
US | 555-0143, area code 312. | 3125550143 | 1
US | five five five oh one four three area code three one two | 3125550143 | 1
US | five five five oh one four three and the area code is three one two | 3125550143 | 1
US | call 555 0143 that's in the 312 area code | 3125550143 | 1
US | call 555 0143 in area code 312 thanks | 3125550143 | 1
US | my number is 555 0143 and my area code is 312 | 3125550143 | 1
US | 555 0143 area code 312 again 312 555 0143 | 3125550143 | 2
US | 555 0143 area code 312 555 0143 | 3125550143 | 1
US | 555 0143 area code 312 that's 555 0143 area code 312 | 3125550143 | 2
US | area code 312 555 0143 that's area code 312 555 0143 | 3125550143 | 2
GB | 7946 0958 area code 020 | 02079460958 | 1
US | 555 0143 area code 312 okay thanks | 3125550143 | 1
US | it's 555-0143 and the area code is three one two. Thanks. | 3125550143 | 1
US | area code 312 555 0143 | 3125550143 | 1
US | three one two area code five five five oh one four three | 3125550143 | 1
US | the number to call is area code 312, number 555 0143 | 3125550143 | 1
US | that's 555 0143, and I'm in the 312 area code | 3125550143 | 1
US | five five five oh one four three, three one two area code | 3125550143 | 1
US | five five five oh one four three, that's area code three one two | 3125550143 | 1
US | 5550143, area code is 312 | 3125550143 | 1
US | I'm at 555-0143, that's in area code 312. | 3125550143 | 1
US | 555 0143 with area code 312 | 3125550143 | 1
US | area code 312, 555, 0143. Again, area code 312, 555, 0143. | 3125550143 | 2
US | 312, that's the area code, then 555 0143 | 3125550143 | 1
US | 312 for the area code and then 555 0143 | 3125550143 | 1
US | 312 is the area code, 555 0143 is the number | 3125550143 | 1
""".strip().splitlines()

# Each group said twice.
ECHOED = """
US | 312 that's 312 555 555 0143 0143 | 3125550143 | 1
US | 312, that's 312, 555, 555, 0143, 0143 | 3125550143 | 1
US | three one two three one two five five five five five five oh one four three oh one four three | \
3125550143 | 1
US | 312 312 555 555 0143 0143 | 3125550143 | 1
US | 312 again 312 555 again 555 0143 again 0143 | 3125550143 | 1
US | 312 555 that's 555 0143 | 3125550143 | 1
US | 312 that's three one two 555 that's five five five 0143 that's oh one four three | 3125550143 | 1
""".strip().splitlines()

# Words between groups.
WITH_ASIDES = """
US | 312 okay 555 okay 0143 | 3125550143 | 1
US | three one two okay five five five okay oh one four three | 3125550143 | 1
US | 312, let me see, 555, 0143 | 3125550143 | 1
US | 312 got that 555 got that 0143 | 3125550143 | 1
US | 312, got that? 555, 0143. | 3125550143 | 1
US | my number is, ready? 312 555 0143 | 3125550143 | 1
US | 312 555 ready 0143 | 3125550143 | 1
US | 312 are you writing this down 555 0143 | 3125550143 | 1
US | 312 hang on 555 0143 | 3125550143 | 1
US | 312 then 555 then 0143 | 3125550143 | 1
US | 312 and it's 555 and 0143 | 3125550143 | 1
US | 312 you know 555 um 0143 | 3125550143 | 1
US | 312 one second 555 0143 | 3125550143 | 1
US | 312 and then it's 555 and then finally 0143 | 3125550143 | 1
US | that's 312 555 0143 okay 312 555 0143 bye | 3125550143 | 2
US | so it's 312, and then 555, and then 0143, okay? bye | 3125550143 | 1
US | 312, did you get that? 555, did you get that? 0143 | 3125550143 | 1
US | let me give you the number, do you have a pen, okay, 312 555 0143 | 3125550143 | 1
US | 312, then 555, and finally 0143. | 3125550143 | 1
""".strip().splitlines()

# Corrections: the digits as corrected, one reading.
CORRECTED = """
US | 555 0134 sorry 0143 | 5550143 | 1
US | 312 555 0134, sorry, 0143 | 3125550143 | 1
US | three one two, no, three one three, five five five oh one four three | 3135550143 | 1
US | 312 555 0142, wait, 43 at the end | 3125550143 | 1
US | 312 555 0146 make that a three | 3125550143 | 1
US | three one two five five five oh one four six make that a seven | 3125550147 | 1
US | 312 556 0143, I said 556, it's 557 | 3125570143 | 1
US | 312 556 0143 i said 556 i meant 557 | 3125570143 | 1
US | 312 555 0143 sorry the area code is 313 | 3135550143 | 1
US | 312 555 0142 no sorry 0143 | 3125550143 | 1
US | 312 555 0142 scratch that 312 555 0143 | 3125550143 | 1
US | 312 555 0142 or rather 0143 | 3125550143 | 1
US | 312 556 no 555 0143 | 3125550143 | 1
US | 213 sorry 312 555 0143 | 3125550143 | 1
US | three one two five five six my mistake five five five oh one four three | 3125550143 | 1
US | 312 555 0142 that's wrong 0143 | 3125550143 | 1
US | 312 555 0142 correction 312 555 0143 again 312 555 0143 | 3125550143 | 2
US | 312 555 01 hold on 0143 | 3125550143 | 1
GB | 020 7946 0985 sorry 0958 | 02079460958 | 1
US | 312, 555, hold on, 0143 | 3125550143 | 1
US | 312 555 0142, no, 0143, again 312 555 0143 | 3125550143 | 2
US | 312-555-0142, oh sorry, 0143. | 3125550143 | 1
US | 312 555 0142 let me see 0143 | 3125550143 | 1
US | 312 555 0187 sorry 2243 | 3125552243 | 1
US | wait 312 555 0143 | 3125550143 | 1
US | 312 555 0134, I'm sorry, that's 0143 | 3125550143 | 1
US | 312 555, no 556, 0143 | 3125560143 | 1
US | 312 555 0143. Sorry, I meant 312 556 0143. | 3125560143 | 1
US | 313, I mean 312, 555 0143 | 3125550143 | 1
US | 312 555 0142, excuse me, 0143. Once more, 312 555 0143. | 3125550143 | 2
US | 312 555 0142. Actually, make that 0143. | 3125550143 | 1
US | 312 556 0143, oops, I said 556, it should be 555 | 3125550143 | 1
US | three one two five five five oh one four two, no, three | 3125550143 | 1
US | 312-555, sorry, 556-0143 | 3125560143 | 1
US | 312-555-0142. No, wait. 0143. | 3125550143 | 1
US | three one two five five five zero one four two, correction, four three | 3125550143 | 1
US | 312 555 0142, make that 43 | 3125550143 | 1
US | 312 555 0143, sorry, 313 555 0143 | 3135550143 | 1
US | 321, sorry, 312, 555, 0134, sorry, 0143 | 3125550143 | 1
US | 312 554 no 5 0143 | 3125550143 | 1
""".strip().splitlines()

# Extensions, keys and codes.
WITH_CODES = """
US | dial 312 555 0143 extension 12 pound | 3125550143 | 1
US | 312 555 0143 passcode 445566 pound | 3125550143 | 1
US | dial 312-555-0143 and the pin is 4455 hash | 3125550143 | 1
US | 312 555 0143 access code 7788123 hash key | 3125550143 | 1
US | 312 555 0143 conference id 998 776 554 | 3125550143 | 1
US | 312 555 0143 option 2 | 3125550143 | 1
US | 312 555 0143 press 2 for sales | 3125550143 | 1
US | 312 555 0143 and ask for extension 340 | 3125550143 | 1
US | call 1 800 555 0143 and press 2 | 8005550143 | 1
US | dial 312 555 0143, then extension 12, then pound | 3125550143 | 1
US | 312 555 0143 ext 12 or 773 555 0199 | 3125550143 | 1
US | 312 555 0143, x, 340 | 3125550143 | 1
""".strip().splitlines()

# Letters on the keypad, and letters that are none.
WITH_LETTERS = """
US | call 312-555-0143please | 3125550143 | 1
US | 312-555-0143call | 3125550143 | 1
US | 1-800-FLOWERS. | 8003569377 | 1
US | 888-555-014. I wish you well. | 888555014 | 1
US | call me at nine, one, seven, five, five, five, zero, one, four. Or send a message. | 917555014 | 1
US | it is 917-555-014, for details ask for Ann | 917555014 | 1
US | 312-555please | - | 0
US | 800call | - | 0
US | 212-555-please | - | 0
""".strip().splitlines()

# Other numbering plans.
ABROAD = """
US | +44 (0)20 7946 0958. | 442079460958 | 1
US | 00 44 20 7946 0958 | 442079460958 | 1
US | oh double seven double oh nine double oh one two three | 07700900123 | 1
US | oh seven seven double oh, nine double oh, one two three | 07700900123 | 1
GB | double oh double four two oh seven nine four six oh nine five eight | 02079460958 | 1
IE | oh eight seven one two three four five six seven | 0871234567 | 1
IE | 01 677 1234 that's 01 677 1234 | 016771234 | 2
IE | plus three five three one six seven seven one two three four | 016771234 | 1
FR | oh six twelve thirty four fifty six seventy eight | 0612345678 | 1
FR | zero six twelve thirty four fifty six seventy eight again zero six twelve thirty four fifty six \
seventy eight | 0612345678 | 2
FR | plus thirty three six twelve thirty four fifty six seventy eight | 0612345678 | 1
FR | 06 12 34 56 78 | 0612345678 | 1
ES | six hundred twelve, thirty four fifty six seventy eight | 612345678 | 1
ES | six hundred and twelve thirty four fifty six seventy eight | 612345678 | 1
ES | plus thirty four six one two three four five six seven eight | 612345678 | 1
ES | 612 34 56 78 again 612 34 56 78 | 612345678 | 2
IN | plus ninety one, ninety eight seven six five, four three two one oh | 09876543210 | 1
AU | oh four double two, triple three, four five six | 0422333456 | 1
NZ | oh eight hundred eight three eight three eight three | 0800838383 | 1
DE | oh one five one twenty three forty five sixty seven eighty nine | 015123456789 | 1
CA | six oh four, okay, five five five, oh one four two | 6045550142 | 1
GB | oh seven seven double oh, nine hundred, one two three | 07700900123 | 1
GB | my mobile is 07911 123456, my landline's 020 7946 0958 | 07911123456 | 1
GB | 0044 (0)20 7946 0958 | 02079460958 | 1
GB | oh two oh, seven nine four six, sorry, seven nine four five, oh nine five eight | 02079450958 | 1
GB | oh two oh, okay, seven nine four six, okay, oh nine five eight | 02079460958 | 1
GB | 020, 020, 7946, 7946, 0958, 0958 | 02079460958 | 1
AU | oh four one two, got that, three four five, six seven eight | 0412345678 | 1
FR | oh one forty two sixty eight fifty three oh oh | 0142685300 | 1
ES | nine one five, twelve thirty four fifty six | 915123456 | 1
IE | oh eight five, one two three, four five six seven | 0851234567 | 1
IN | nine eight seven six five, okay, four three two one oh | 9876543210 | 1
NZ | oh two one, one two three, four five six seven, sorry, four five six eight | 0211234568 | 1
GB | zero seven nine double one, one two three, four five six | 07911123456 | 1
GB | oh eight hundred, double one, double one | 08001111 | 1
GB | it's plus four four, seven nine one one, one two three four five six | 07911123456 | 1
GB | 496 0824, area code 0121 | 01214960824 | 1
CA | four one six, five five five, zero one four two, extension two oh one | 4165550142 | 1
IE | plus three five three eight seven, one two three, four five six seven | 0871234567 | 1
AU | one three hundred, six double six, triple nine | 1300666999 | 1
AU | oh four double one, two three four, five six seven, that's oh four double one two three four five \
six seven | 0411234567 | 2
FR | plus three three, six, twelve, thirty four, fifty six, seventy eight | 0612345678 | 1
FR | oh six, twelve, thirty four, fifty six, seventy eight, again, oh six twelve thirty four fifty six \
seventy eight | 0612345678 | 2
ES | six twelve, three four five, six seven eight | 612345678 | 1
ES | nine hundred and ten, twelve thirty four fifty six | 910123456 | 1
DE | oh thirty, ninety eighteen twenty | 030901820 | 1
IN | oh eighty, four one two three, four five six seven | 08041234567 | 1
GB | 0161 496 0 double 1 2 | 01614960112 | 1
GB | oh one six one four nine six, that's four nine six, oh one two three | 01614960123 | 1
GB | +44 (0) 161 496 0123 | 01614960123 | 1
GB | oh seven nine double one triple two, sorry, triple three, four five six | 07911333456 | 1
GB | oh seven nine one one one two three four five six seven | 079111234567 | 1
AU | plus six one four one two three four five six seven eight | 0412345678 | 1
AU | thirteen eleven fourteen | - | 0
NZ | oh four, four nine nine, double four double four | 044994444 | 1
IN | ninety eight, seven six five, four three two one oh, that's nine eight seven six five four three \
two one oh | 9876543210 | 2
DE | double oh four nine three oh nine oh one eight two oh | 030901820 | 1
FR | oh one forty four fifty five sixty six seventy seven | 0144556677 | 1
ES | nine one two, three four five, six seven eight, again nine one two three four five six seven eight \
| 912345678 | 2
IE | oh one, six seven seven, one two three four | 016771234 | 1
CA | 604 five five five, oh one, double four | 6045550144 | 1
""".strip().splitlines()

# Too few or too many digits, and digits over and over.
SHAPES = """
US | 555 0143 22 | 555014322 | 1
US | call me at 55501432 | 55501432 | 1
US | call me at 312 555 014 | 312555014 | 1
US | call 312 555 014 again 312 555 014 | 312555014 | 2
US | 312 555 014 312 555 014 | 312555014 | 2
US | call 312 555 01437 | 31255501437 | 1
US | call 4 312 555 0143 | 43125550143 | 1
US | 000-000-0000 | - | 0
US | 0000000000 | - | 0
US | 5-5-5-5-5-5-5-5-5-5-5 | - | 0
US | 123 123 123 123 123 | - | 0
US | one one one one one one one one one one | - | 0
US | 12 12 12 12 12 12 | - | 0
US | 312-222-2222 | 3122222222 | 1
US | 312 222 2222 again 312 222 2222 | 3122222222 | 2
US | call 222-2222 | 2222222 | 1
US | 1, 2, 3, 4, 5, 6, 7, 8, 9 | 123456789 | 1
US | 5 5 5 0 1 4 3 2 | 55501432 | 1
US | 555-555-5555 | - | 0
US | 212121212121 | - | 0
US | call 800 555 1234 one | 80055512341 | 1
US | 312 555 01434 312 555 01434 | 31255501434 | 2
US | 31255501 | 31255501 | 1
US | three one two five five five oh one four | 312555014 | 1
US | 0 0 0 0 0 0 0 0 0 0 0 0 0 | - | 0
US | 4 1 5, 4 1 5, 4 1 5, 4 1 5 | - | 0
US | one two one two one two one two one two | - | 0
US | 020 7946 0958 | 02079460958 | 1
US | 31255501433 | 31255501433 | 1
US | 2 1 2 5 5 5 0 1 4 | 212555014 | 1
US | 312-555-014. | 312555014 | 1
US | 999-999-9999 | - | 0
US | 1-1-1-1-1-1-1 | - | 0
""".strip().splitlines()

# Which number is the one to call.
WHICH = """
US | do not call me at 312 555 0142 call 312 555 0199 | 3125550199 | 1
US | Don't call me at 312-555-0142, call 773-555-0199. | 7735550199 | 1
US | please don't use 312 555 0142 anymore use 773 555 0199 | 7735550199 | 1
US | call 773 555 0199 do not use 312 555 0142 | 7735550199 | 1
US | my new number is 773 555 0199 my old number was 312 555 0142 | 7735550199 | 1
US | my old number was 312 555 0142 my new number is 773 555 0199 | 7735550199 | 1
US | my number used to be 312 555 0142 but now it's 312 555 0143 | 3125550143 | 1
US | it was 312 555 0142, now it's 773 555 0199 | 7735550199 | 1
US | 312 555 0142 is my old number call 773 555 0199 | 7735550199 | 1
US | 312 555 0142 is my wife's call me at 773 555 0199 | 7735550199 | 1
US | my wife's number is 312 555 0142 and mine is 773 555 0199 | 7735550199 | 1
US | i missed a call from 312 555 0142 my number is 773 555 0199 | 7735550199 | 1
US | I got a call from 312-555-0142. Please call me back at 773-555-0199. | 7735550199 | 1
US | the best number is 773 555 0199 you can also try 312 555 0142 | 7735550199 | 1
US | you can also try 312 555 0142 but the best number is 773 555 0199 | 7735550199 | 1
US | my office is 312 555 0142 but the best number is 773 555 0199 | 7735550199 | 1
US | from now on use 773 555 0199 instead of 312 555 0142 | 7735550199 | 1
US | instead of 312 555 0142 please call 773 555 0199 | 7735550199 | 1
US | I'm usually at 312 555 0142 but today call 773 555 0199 instead | 7735550199 | 1
US | my number has changed from 312 555 0142 to 773 555 0199 | 7735550199 | 1
US | not 312 555 0142 but 773 555 0199 | 7735550199 | 1
US | 312 555 0142 doesn't work anymore so call 773 555 0199 | 7735550199 | 1
US | 312 555 0142 has been disconnected the number is 773 555 0199 | 7735550199 | 1
US | don't call me at work call my cell at 773 555 0199 | 7735550199 | 1
US | please do not hesitate to call me at 773 555 0199 | 7735550199 | 1
US | if I don't pick up at 773 555 0199 leave a message | 7735550199 | 1
US | message received today at 10 15 am from 312 555 0143 hi it's ann call me at 773 555 0199 | 7735550199 | 1
US | You have one new message. From, phone number 312-555-0143. Hi, it's Ann, call me at 773-555-0199. | \
7735550199 | 1
US | you have reached 312 555 0100 please leave a message hi it's ann my number is 773 555 0199 | \
7735550199 | 1
US | you have reached 312 555 0100 please leave a message | - | 0
US | You've reached the voicemail of 312-555-0100. Leave a message. Hi, call 773-555-0199. | 7735550199 | 1
US | message received today at 10 15 am from 312 555 0143 | - | 0
US | please do not call 312 555 0142 | - | 0
US | my flight is 1234567 call 773 555 0199 | 7735550199 | 1
US | my card number is 4111 1111 1111 1111 call 773 555 0199 | 7735550199 | 1
US | my social security number is 078 05 1120 and my phone is 773 555 0199 | 7735550199 | 1
US | social security 078 05 1120 | - | 0
US | claim number 773 555 0142 | - | 0
US | fax it to 312 555 0142 and call me at 773 555 0199 | 7735550199 | 1
US | 312 555 0142 is the fax, 773 555 0199 is the phone | 7735550199 | 1
US | my number is 3 1 2. 5 5 5. 0 1 4 3. | 3125550143 | 1
US | the number is 312 555 0143, I repeat, 312 555 0143. | 3125550143 | 2
US | 312 555 0143 actually call after 5 | 3125550143 | 1
US | my number is 312 555 0143 the last four digits are 0143 | 3125550143 | 1
US | from 9 to 5 call 312 555 0143 | 3125550143 | 1
US | my extension is 340 and the number is 312 555 0143 | 3125550143 | 1
US | reference number 4 4 7 1 and the number is 312 555 0143 | 3125550143 | 1
US | call me back at 312 555 0143 or at my cell 773 555 0199 | 3125550143 | 1
US | call my cell 773 555 0199 or my office 312 555 0143 | 7735550199 | 1
US | I'm calling from 312 555 0143 | 3125550143 | 1
US | i called you from 312 555 0143 earlier | 3125550143 | 1
US | this is a message from the bank please call 312 555 0143 | 3125550143 | 1
US | in case you lost it my number is 312 555 0143 | 3125550143 | 1
US | we have a new number 312 555 0143 | 3125550143 | 1
US | we've moved our new number is 312 555 0143 | 3125550143 | 1
US | forget the number I gave you, use 312 555 0143 | 3125550143 | 1
US | you have the wrong number for me it's 312 555 0143 | 3125550143 | 1
US | i changed my number from 773 555 0199 to 312 555 0143 | 3125550143 | 1
US | our fax is down so call 312 555 0143 | 3125550143 | 1
US | i will not be available at 773 555 0199 so call 312 555 0143 | 3125550143 | 1
US | please don't hesitate to ring me on 312 555 0143 | 3125550143 | 1
US | don't forget to call me at 312 555 0143 | 3125550143 | 1
US | call 312 555 0143 not 773 555 0199 | 3125550143 | 1
US | my number has been 312 555 0143 for years | 3125550143 | 1
US | as of march my number is 312 555 0143 | 3125550143 | 1
US | the account ending in 4471 call 312 555 0143 | 3125550143 | 1
US | she can be reached at 312 555 0143 | 3125550143 | 1
US | call doctor smith her number is 312 555 0143 | 3125550143 | 1
US | you owe two hundred dollars call 312 555 0143 | 3125550143 | 1
US | 1-800-FLOWERS or 312-555-0143 | 8003569377 | 1
US | my number is 312 555 0143, my fax is 312 555 0144 | 3125550143 | 1
US | call 312 555 0143 for billing or 312 555 0199 for sales | 3125550143 | 1
US | our main line is 312 555 0143, my direct line is 312 555 0199 | 3125550143 | 1
US | please disregard 312 555 0142, the right number is 312 555 0143 | 3125550143 | 1
US | I no longer use 773 555 0199, call 312 555 0143 | 3125550143 | 1
US | I don't have 773 555 0199 any more, it's 312 555 0143 now | 3125550143 | 1
US | 773 555 0199 is no longer in service, the new one is 312 555 0143 | 3125550143 | 1
US | I got a missed call from this number 773 555 0199, mine is 312 555 0143 | 3125550143 | 1
US | someone called me from 773 555 0199, please call me at 312 555 0143 | 3125550143 | 1
US | New message. Received Tuesday at 4:15 pm from 312 555 0143. Hi, it's Bob. | - | 0
US | You have one new voice message from 312 555 0143. Hello, this is Ann, my number is 773 555 0199. | \
7735550199 | 1
US | Hi, you've reached Bob at 312 555 0100. Please leave a message after the tone. Hi Bob, it's Ann, \
773 555 0199. | 7735550199 | 1
US | your confirmation is 88 12 990, any questions call 312 555 0143 | 3125550143 | 1
US | your appointment is at 10 15 am on march 3rd, call 312 555 0143 | 3125550143 | 1
US | the total comes to 450 dollars, call 312 555 0143 | 3125550143 | 1
US | meeting id 998 7765 5432, passcode 445566, or call 312 555 0143 | 3125550143 | 1
US | Hi, this is Ann. Please don't call me at the office, 312-555-0142. Call my cell, 773-555-0199. \
Thanks. | 7735550199 | 1
US | please stop calling 312 555 0142 and use 773 555 0199 | 7735550199 | 1
US | I can't be reached at 312 555 0142 today, please try 773 555 0199 | 7735550199 | 1
US | that line is down so rather than 312 555 0142 use 773 555 0199 | 7735550199 | 1
US | you may have my old number which is 312 555 0142, the new one is 773 555 0199 | 7735550199 | 1
US | I've got a new phone, the number is 773 555 0199, not 312 555 0142 anymore | 7735550199 | 1
US | we used to be at 312 555 0142. We are now at 773 555 0199. | 7735550199 | 1
US | my work number is 312 555 0142 but please use my cell 773 555 0199 instead | 7735550199 | 1
US | the number you have on file, 312 555 0142, is out of date, use 773 555 0199 | 7735550199 | 1
US | my husband is at 312 555 0142 and I'm at 773 555 0199 | 7735550199 | 1
US | I saw a missed call from 312-555-0142 so I'm calling back. My number is 773-555-0199. | 7735550199 | 1
US | I was called by 312 555 0142, can you call me at 773 555 0199 | 7735550199 | 1
US | I'm returning your call from 312 555 0142. I'm at 773 555 0199. | 7735550199 | 1
US | I left a message at 312 555 0142 yesterday, call me back at 773 555 0199 | 7735550199 | 1
US | I dialed 312 555 0142 but no answer, my number is 773 555 0199 | 7735550199 | 1
US | I'm calling about the ad with the number 312 555 0142, please call me at 773 555 0199 | 7735550199 | 1
US | our customer service is 800 555 0142, my direct number is 773 555 0199 | 7735550199 | 1
US | you can reach me at 773 555 0199, alternatively 312 555 0142 | 7735550199 | 1
US | the easiest way to reach me is 773 555 0199, or you can try the office at 312 555 0142 | 7735550199 | 1
US | try the office at 312 555 0142, or better yet my cell, 773 555 0199 | 7735550199 | 1
US | if you can't get me there, my backup number is 312 555 0142, but first try 773 555 0199 | 7735550199 | 1
US | in an emergency call 312 555 0142, otherwise call 773 555 0199 | 7735550199 | 1
US | Your reference is 4471209. Please quote it when you call 773-555-0199. | 7735550199 | 1
US | Your order 44 71 209 has shipped. Tracking number 9400 1102 0088. Questions? 773-555-0199. | \
7735550199 | 1
US | send the fax to 312 555 0142 and my voice line is 773 555 0199 | 7735550199 | 1
US | my fax is 312 555 0142 | - | 0
US | policy number 88 12 09 31, claim 99120, my phone 773 555 0199 | 7735550199 | 1
US | Message received at 3:15 pm, Tuesday, from 312-555-0143. Hi, this is Bob, please call me back. | - | 0
US | First unheard message. From phone number 312 555 0143. Hey it's Bob call me at 773 555 0199 | \
7735550199 | 1
US | You have two new messages. Message one, from 312 555 0143, received at 10 15 am. Hi, it's Bob, my \
number is 773 555 0199. | 7735550199 | 1
US | You have reached the voice mailbox of 312 555 0100. At the tone please record your message. Hey, \
it's Ann, 773 555 0199. | 7735550199 | 1
US | The person you are trying to reach, 312 555 0100, is not available. Hi it's Ann, call me, 773 555 \
0199. | 7735550199 | 1
US | Hi, you have reached Smith Plumbing. For emergencies call 312 555 0100. | 3125550100 | 1
US | call 773 555 0199 before 9 30 | 7735550199 | 1
US | please call me at 773 555 0199 after 5, that's 773 555 0199 | 7735550199 | 2
US | I'm available from 9 to 5 at 773 555 0199 | 7735550199 | 1
US | my suite is 1200, the zip is 60601 and my number's 773 555 0199 | 7735550199 | 1
US | the meeting is on 12/05 at 3 pm, dial 773 555 0199, code 445566 pound | 7735550199 | 1
US | to join dial 773 555 0199, passcode 4 4 5 5 6 6, then the pound key | 7735550199 | 1
US | call 773 555 0199, when prompted enter 4455, then hash | 7735550199 | 1
US | I need about 1500 dollars by the 15th, call 773 555 0199 | 7735550199 | 1
US | my social is 078 05 1120, date of birth 01 02 1984, phone 773 555 0199 | 7735550199 | 1
US | the flight number is 1442 leaving at 10 45, my cell is 773 555 0199 | 7735550199 | 1
US | my credit card ending in 4242 was charged 250 dollars, call 773 555 0199 | 7735550199 | 1
US | Okay, so the number is 3-1-2, got it? 5-5-5, got it? 0-1-4-3. | 3125550143 | 1
US | my number is three one two - five five five - oh one four three | 3125550143 | 1
US | call the number on the back of your card, 800 555 0143 | 8005550143 | 1
US | your card ending in 4242 was declined call 800 555 0143 | 8005550143 | 1
US | I sent you a post card, 800 555 0143 | 8005550143 | 1
US | our new office opened in March, 312 555 0143 | 3125550143 | 1
US | Please call 312-555-0143. It's not urgent. | 3125550143 | 1
US | call me at 312 555 0143 it's not an emergency | 3125550143 | 1
US | Call me at 312-555-0143. It's your invoice. | 3125550143 | 1
US | Call 312-555-0143. Is the order ready? | 3125550143 | 1
US | call 312 555 0143 is the order ready | 3125550143 | 1
US | call 312 555 0143 any more questions just ask | 3125550143 | 1
US | call 312 555 0143 doesn't matter when | 3125550143 | 1
US | I hope you have reached a decision, call 312 555 0143 | 3125550143 | 1
US | Call 773-555-0199. 312-555-0142 is not in service. | 7735550199 | 1
US | 312 555 0142 is my account number, 773 555 0199 is my cell | 7735550199 | 1
US | 312-555-0142? That's not my number. It's 773-555-0199. | 7735550199 | 1
""".strip().splitlines()

# What is said | the number to call, "-" for none | the other numbers, in order of time.
OTHERS = """
my account number is 4471209 call me at 773 555 0199 | 7735550199 | account number 4471209
invoice 44713 call 773 555 0199 | 7735550199 | invoice number 44713
the order number is 55120 and the reference is 8812 | - | order number 55120, reference number 8812
you owe $1,250.00 call 773 555 0199 | 7735550199 | amount 1250
you owe 1250 dollars call 773 555 0199 | 7735550199 | amount 1250
twelve hundred dollars by friday call 773 555 0199 | 7735550199 | amount 1200
on 12/05/2026 we sent it call 773 555 0199 | 7735550199 | date 12052026
we close at 5:30 pm phone 773 555 0199 | 7735550199 | time 530
my zip is 60601 my number is 773 555 0199 | 7735550199 | postal code 60601
my fax number is 312 555 0142 | - | fax number 3125550142
773 555 0199 passcode 445566 pound | 7735550199 | passcode 445566
dial 773 555 0199 access code 4455 hash | 7735550199 | passcode 4455
do not call 312 555 0142 call 773 555 0199 | 7735550199 | number not to call 3125550142
i missed a call from 312 555 0142 my number is 773 555 0199 | 7735550199 | number of a missed call 3125550142
my office is 312 555 0142 but the best number is 773 555 0199 | 7735550199 | another telephone number \
3125550142
you have reached 312 555 0100 please leave a message | - | number of a greeting 3125550100
message received today at 10 15 am from 312 555 0143 hi call me at 773 555 0199 | 7735550199 | time \
1015, number of a voicemail system 3125550143
confirmation code 8812990 and tracking 94001102 | - | confirmation number 8812990, tracking number 94001102
call 773 555 0199 extension 12 | 7735550199 |
the amount is $149.99 on invoice #44713 | - | amount 14999, invoice number 44713
your balance is 1,250 and your policy is 88120931 | - | amount 1250, policy number 88120931
my account is 4471209 and my fax is 312 555 0142, call 773 555 0199 | 7735550199 | account number \
4471209, fax number 3125550142
call 773 555 0199 about case 88213, claim 99120 | 7735550199 | case number 88213, claim number 99120
i'm in room 1204 call 773 555 0199 | 7735550199 | room number 1204
we're open from 9:30 to 5:30 call 773 555 0199 | 7735550199 | time 930, time 530
at five thirty call 773 555 0199 | 7735550199 | time 530
my flight is 1442 call 773 555 0199 | 7735550199 | flight number 1442
conference id 998 776 554, the number is 773 555 0199 | 7735550199 | conference id 998776554
call 773 555 0199 my old number was 312 555 0142 | 7735550199 | number not to call 3125550142
you called me from 312 555 0142 call 773 555 0199 | 7735550199 | number of a missed call 3125550142
i tried you at 312 555 0142 | - | number that was called 3125550142
please call 773 555 0199 or 312 555 0142 | 7735550199 | another telephone number 3125550142
my wife's is 312 555 0142 mine is 773 555 0199 | 7735550199 | another telephone number 3125550142
social security number 078 05 1120 | - | social security number 078051120
card number 4111 1111 1111 1111 | - | card number 4111111111111111
000-000-0000 | - |
the part number is 5512 and it costs 1250 dollars | - | part number 5512, amount 1250
on march 3rd, 2026 call 773 555 0199 | 7735550199 | date 2026
call 773-555-0199, that's 0199 | 7735550199 |
please do not call 312 555 0142 | - | number not to call 3125550142
""".strip().splitlines()


@pytest.mark.parametrize(
    "case",
    [
        *SAID_IN_WORDS, *AREA_CODE_AFTER, *ECHOED, *WITH_ASIDES, *CORRECTED, *WITH_CODES, *WITH_LETTERS,
        *ABROAD, *SHAPES, *WHICH,
    ],
)  # fmt: skip
def test_the_number_and_its_readings(case: str) -> None:
    region, text, digits, count = (part.strip() for part in case.split("|"))
    found = find_callback_number(heard(text), region=region)
    assert (found.digits or "-", len(found.readings)) == (digits, int(count))
    assert found.agree


@pytest.mark.parametrize("case", OTHERS)
def test_other_numbers_are_listed_with_what_they_are(case: str) -> None:
    text, digits, others = (part.strip() for part in case.split("|"))
    found = find_callback_number(heard(text))
    assert (found.digits or "-") == digits
    assert ", ".join(f"{other.kind} {other.digits}" for other in found.others) == others
    assert all(other.start_s < other.end_s for other in found.others)


@pytest.mark.parametrize("case", AMERICAN)
def test_american_numbers(case: str) -> None:
    text, digits, count = (part.strip() for part in case.split("|"))
    found = number(text)
    assert (found.digits, len(found.readings)) == (digits, int(count))
    assert found.agree


@pytest.mark.parametrize("case", ELSEWHERE)
def test_numbers_elsewhere(case: str) -> None:
    region, text, digits, count = (part.strip() for part in case.split("|"))
    found = number(text, region)
    assert (found.digits, len(found.readings)) == (digits, int(count))
    assert found.agree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hi mary this is bob",
        "on tuesday at 8:00 tuesday works",
        "at 800 anytime",
        "at five thirty pm on the 12th",
        "nine one one",
        "from nine to five",
        "one or two days",
        "i have two for you too",
        "account 4155552671 is overdue",
        "your account number is four one five five five five two six seven one",
        "invoice number 12345678",
        "the amount is 4155552671 dollars",
        "it costs 1,250,000",
        "it costs $12345678",
        "on 12/05/2026 at 5:30",
        "suite 1200 zip code 94107",
        "tracking number 9400110200881",
        "twenty twenty six and nineteen ninety nine",
        "order 4155552671 again that's 4155552671",
        "one two three four five six",
        "to for too",
        "oh oh oh",
        "double trouble",
        "a hundred thousand times",
        "we are open from 9:30 to 5:30",
        "from nine thirty to five thirty",
        "in 2025 or 2026",
        "twenty twenty five or twenty twenty six",
        "between 10 and 12 or 2 and 4:30",
        "on 2026-11-22",
        "on 22.11.2026",
        "on 11-22-2026 at 10:30",
        "either 10:30 or 11:45 or 12:15",
        "the case number is 212 555 0142",
        "your confirmation code is 212 555 0142",
        "the zip code is nine four one oh seven one two three four",
        "my fax number is 212 555 0199",
        "reference number four one five two six seven three eight nine oh",
        "the price is 4155552 dollars",
        "the total is 4152673",
        "i tried you at 415 267 3890",
        "is your number still 415 267 3890",
        "the meter reads 12345 and 67890 units",
        "my date of birth is 01 02 1984",
    ],
)
def test_what_is_no_telephone_number(text: str) -> None:
    assert find_callback_number(heard(text)).digits is None


@pytest.mark.parametrize(
    ("said_second", "positions"),
    [
        ("800 555 1244", (8,)),
        ("800 555 1243", (8, 9)),
        ("900 555 1234", (0,)),
        ("1 800 556 1234", (5,)),
        ("800 555 124", (8,)),
        ("800 55 1234", (5,)),
        ("800 555 12344", (9,)),
    ],
)
def test_a_second_reading_that_differs_is_a_reading_that_does_not_agree(
    said_second: str, positions: tuple[int, ...]
) -> None:
    found = number(f"call 800 555 1234 again that's {said_second} thanks")
    assert found.digits == "8005551234"
    assert len(found.readings) == 2
    assert not found.agree
    assert [reading.exact for reading in found.readings] == [True, False]
    assert found.differing is not None
    if said_second == "800 55 1234":  # which of three fives is missing, nobody can say
        assert found.differing[0] in (3, 4, 5)
    elif said_second == "800 555 12344":
        assert found.differing[0] in (8, 9)
    else:
        assert found.differing == positions


def test_a_changed_digit_is_found_where_shorter_numbers_could_be() -> None:
    found = number("020 7946 0958 020 7946 0953", "GB")
    assert (found.digits, len(found.readings), found.differing) == ("02079460958", 2, (10,))


@pytest.mark.parametrize("region", ["US", "GB"])
def test_the_end_said_again_without_a_word_between_is_a_part(region: str) -> None:
    text = "919 844 7057 7057" if region == "US" else "0121 496 0366 0366"
    found = number(text, region)
    assert [partial.digits for partial in found.partials] == [text[-4:]]


def test_the_number_said_more_often_wins() -> None:
    found = number("212 555 0142 again 212 555 0143 again 212 555 0143")
    assert (found.digits, found.differing) == ("2125550143", (9,))


def test_the_expected_number_decides_and_names_the_wrong_digit() -> None:
    found = number("call 800 555 1244 that's 800 555 1244", expected="(800) 555-1234")
    assert (found.digits, found.agree, found.differing, found.as_expected) == (
        "8005551234",
        False,
        (8,),
        False,
    )


def test_the_expected_number_wins_over_another() -> None:
    text = "call 212 555 0142 or 800 555 1234 or 212 555 0142"
    assert number(text).digits == "2125550142"
    found = number(text, expected="800-555-1234")
    assert (found.digits, len(found.readings), found.as_expected) == ("8005551234", 1, True)


def test_an_expected_number_that_was_not_said_is_not_invented() -> None:
    found = number("call 212 555 0142", expected="800-555-1234")
    assert (found.digits, found.as_expected) == ("2125550142", False)
    assert find_callback_number(heard("call me"), expected="800-555-1234").digits is None


def test_an_expected_number_in_another_form() -> None:
    found = number("oh two oh seven nine four six oh nine five eight", "GB", expected="+44 20 7946 0958")
    assert found.as_expected


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("212 555 0142 extension 12", "12"),
        ("212-555-0142 x12", "12"),
        ("212-555-0142x12", "12"),
        ("212 555 0142 ext. 340", "340"),
        ("two one two five five five oh one four two extension three forty", "340"),
        ("212 555 0142 extension number 12", "12"),
        ("212 555 0142 extension is one oh five", "105"),
        ("212 555 0142 and my extension is 340", "340"),
        ("212 555 0142 ext340", "340"),
        ("212 555 0142, x 12", "12"),
        ("212 555 0142 extension twenty two", "22"),
        ("212 555 0142 extension double two one", "221"),
        ("212 555 0142 extension one hundred", "100"),
        ("212 555 0142 extension for one two", "412"),
        ("212 555 0142", None),
        ("extension 12", None),
        ("dial 212 555 0142 extension 12 pound", "12"),
        ("212 555 0142 and ask for extension 340", "340"),
        ("212 555 0142 then extension three four oh hash key", "340"),
        ("212 555 0142, x, 340", "340"),
        ("212 555 0142 option 2", None),
        ("212 555 0142 press 2", None),
        ("212 555 0142 passcode 4455", None),
    ],
)
def test_the_extension_is_kept_apart(text: str, extension: str | None) -> None:
    found = find_callback_number(heard(text))
    assert found.extension == extension


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("800 555 1234 that's 1234", ["1234"]),
        ("800 555 1234 that's 555 1234", ["5551234"]),
        ("call 800 555 1234 five five five one two three four", ["5551234"]),
        ("555 1234 that's 800 555 1234", ["5551234"]),
        ("call 800 555 1234 by 5:30", []),
    ],
)
def test_parts_said_again_are_listed_apart(text: str, parts: list[str]) -> None:
    found = number(text)
    assert len(found.readings) == 1
    assert [reading.digits for reading in found.partials][: len(parts) or None] == parts
    assert not any(reading.is_full for reading in found.partials)


@pytest.mark.parametrize(
    ("text", "region", "valid", "e164"),
    [
        ("800 555 1212", "US", True, "+18005551212"),
        ("415 267 3890", "US", True, "+14152673890"),
        ("123 456 7890", "US", False, "+11234567890"),
        ("555 1234", "US", False, None),
        ("020 7946 0958", "GB", True, "+442079460958"),
        ("+44 20 7946 0958", "US", True, "+442079460958"),
        ("12345678901234", "US", False, None),
    ],
)
def test_validity_is_libphonenumbers(text: str, region: str, valid: bool, e164: str | None) -> None:
    found = number(text, region)
    assert (found.valid, found.e164) == (valid, e164)


def test_every_digit_knows_its_word_and_time() -> None:
    words = (
        Word("double", 1.0, 1.3),
        Word("five", 1.4, 1.8),
        Word("twelve", 2.0, 2.4),
        Word("555-1", 3.0, 4.0),
    )
    (run,) = digit_runs(Transcript(words))
    assert run.text == "55125551"
    assert [digit.word_index for digit in run.digits] == [1, 1, 2, 2, 3, 3, 3, 3]
    assert [round(digit.start_s, 3) for digit in run.digits] == [1.0, 1.4, 2.0, 2.2, 3.0, 3.25, 3.5, 3.75]
    assert run.digits[-1].end_s == pytest.approx(4.0)


def test_a_reading_knows_its_words_and_time() -> None:
    (reading,) = number("hi call 800 555 1234 thanks").readings
    assert (reading.first_word, reading.last_word) == (2, 4)
    assert (reading.start_s, reading.end_s) == pytest.approx((0.7, 4.9 * 0.35))
    assert reading.before == pytest.approx((0.35, 1.9 * 0.35))
    assert reading.after == pytest.approx((5 * 0.35, 5.9 * 0.35))


@pytest.mark.parametrize(
    "text",
    ["555 0143 area code 312 bye", "312 312 555 555 0143 0143 bye", "312 okay 555 okay 0143 bye"],
)
def test_a_reading_lasts_from_its_first_word_to_its_last(text: str) -> None:
    (reading,) = number(text).readings
    words = heard(text).words
    assert (reading.digits, reading.first_word, reading.last_word) == ("3125550143", 0, len(words) - 2)
    assert (reading.start_s, reading.end_s) == pytest.approx((words[0].start_s, words[-2].end_s))


SPELLINGS = {
    "0": ["zero", "oh", "o", "nought", "0"], "1": ["one", "1"], "2": ["two", "2"], "3": ["three", "3"],
    "4": ["four", "4"], "5": ["five", "5"], "6": ["six", "6"], "7": ["seven", "7"], "8": ["eight", "8"],
    "9": ["nine", "9"],
}  # fmt: skip
BETWEEN = ["", "um", "uh", "dash", "", ""]
AREAS = ["212", "415", "312", "617", "206", "800", "888", "512", "713", "303"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(AREAS),
    st.from_regex(r"[2-9][0-9]{2}", fullmatch=True).filter(lambda text: not text.endswith("11")),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
)
def test_any_number_in_any_spelling_any_times(area, exchange, line, random, times) -> None:  # type: ignore[no-untyped-def]
    groups = [
        f" {random.choice(BETWEEN)} ".join(
            " ".join(random.choice(SPELLINGS[digit]) for digit in group) for group in (area, exchange, line)
        )
        for _ in range(times)
    ]
    found = number("call me at " + " that's ".join(groups) + " thanks")
    assert found.digits == area + exchange + line
    assert len(found.readings) == times
    assert found.agree


ONES, TEENS, TENS = (
    text.split()
    for text in (
        "zero one two three four five six seven eight nine",
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "- - twenty thirty forty fifty sixty seventy eighty ninety",
    )
)
HOMOPHONES = {"1": "won", "2": "too", "4": "for", "8": "ate"}
VALID_IN = {
    "US": [r"(212|415|617|800|512)[2-9](0[0-9]|[2-9][0-9])[0-9]{4}"],
    "CA": [r"(416|604|514)[2-9](0[0-9]|[2-9][0-9])[0-9]{4}"],
    "GB": [r"0207946[0-9]{4}", r"07700900[0-9]{3}", r"0121496[0-9]{4}"],
    "AU": [r"04[0-3][0-9]{7}", r"029374[0-9]{4}"],
    "NZ": [r"09307[0-9]{4}", r"021[1-9][0-9]{6}"],
    "IN": [r"98[0-9]{8}", r"0804123[0-9]{4}"],
    "DE": [r"0151[1-9][0-9]{7}", r"03090[1-9][0-9]{3,5}"],
}


def said_somehow(digits: str, random) -> str:  # type: ignore[no-untyped-def]
    """A way of saying digits that can be heard in one way only."""
    words: list[str] = []
    at = 0
    while at < len(digits):
        one, two, three = digits[at], digits[at : at + 2], digits[at : at + 3]
        ways = [(ONES[int(one)], 1)] * 2
        if one == "0":
            ways.append((random.choice(["oh", "nought", "naught"]), 1))
        elif words and at + 1 < len(digits) and one in HOMOPHONES:  # at an edge it may be a word
            ways.append((HOMOPHONES[one], 1))
        if len(two) == 2 and two[0] == two[1]:
            ways.append((f"double {random.choice([ONES[int(one)], one])}", 2))
        if len(three) == 3 and len(set(three)) == 1:
            ways.append((f"triple {ONES[int(one)]}", 3))
        if len(two) == 2 and one == "1":
            ways.append((TEENS[int(two[1])], 2))
        if len(two) == 2 and one >= "2" and (two[1] != "0" or three[2:] in ("", "0")):  # "twenty four": 24
            name = TENS[int(one)] + ("" if two[1] == "0" else f"{random.choice(' -')}{ONES[int(two[1])]}")
            ways.append((name, 2))
        if three[1:] == "00" and one != "0":
            ways.append((f"{ONES[int(one)]} hundred", 3))
        if len(three) == 3:
            ways.append((three, 3))
        name, used = random.choice(ways)
        if words and random.random() < 0.1:
            words.append(random.choice(["um", "dash", "uh"]))
        words.append(name)
        at += used
    return " ".join(words)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(VALID_IN)).flatmap(
        lambda region: st.tuples(
            st.just(region), st.one_of([st.from_regex(each, fullmatch=True) for each in VALID_IN[region]])
        )
    ),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_a_number_said_in_any_way_is_parsed_back(case, random, twice) -> None:  # type: ignore[no-untyped-def]
    region, digits = case
    text = f"please call me on {said_somehow(digits, random)}"
    if twice:
        text += f" again that's {said_somehow(digits, random)}"
    found = number(text + " thank you", region)
    assert (found.digits, len(found.readings), found.agree) == (digits, 1 + twice, True), text


@settings(max_examples=80, deadline=None)
@given(st.from_regex(r"[2-9][0-9]{7,8}", fullmatch=True), st.integers(1, 8), st.booleans())
def test_a_number_of_eight_or_nine_digits_is_never_cut_to_seven(digits: str, at: int, twice: bool) -> None:
    text = f"call me at {digits[:at]} {digits[at:]}" + f" again {digits}" * twice
    found = find_callback_number(heard(text))
    assert found.digits in (None, digits)
    assert not found.valid


@settings(max_examples=80, deadline=None)
@given(
    st.from_regex(r"(212|415|312|617|512)[2-9](0[0-9]|[2-9][0-9])[0-9]{4}", fullmatch=True),
    st.sampled_from(["{b} {c} area code {a}", "{a} {a} {b} {b} {c} {c}", "{a} okay {b} got that {c}"]),
    st.sampled_from([" ", ", "]),
    st.booleans(),
)
def test_a_number_in_another_order_or_with_echoes_is_one_reading(
    digits: str, form: str, comma: str, in_words: bool
) -> None:
    groups = (digits[:3], digits[3:6], digits[6:])
    if in_words:
        groups = tuple(" ".join(ONES[int(digit)] for digit in group) for group in groups)  # type: ignore[assignment]
    said = form.format(**dict(zip("abc", groups, strict=True)))
    found = number(f"my number is {said}{comma}thanks")
    assert (found.digits, len(found.readings)) == (digits, 1)


def test_a_correction_inside_a_reading_keeps_its_digits_words_and_times() -> None:
    found = number("call eight hundred five five six sorry five five seven one two three four thanks")
    (reading,) = found.readings
    assert (reading.digits, reading.exact, found.agree) == ("8005571234", True, True)
    words = heard("call eight hundred five five six sorry five five seven one two three four thanks").words
    # the digits are those that were said last, and the reading lasts from the first word to the last
    assert [words[item.word_index].text for item in reading.items] == [
        "eight", "hundred", "hundred", "five", "five", "seven", "one", "two", "three", "four",
    ]  # fmt: skip
    assert [item.word_index for item in reading.items[3:]] == [7, 8, 9, 10, 11, 12, 13]
    assert (reading.start_s, reading.end_s) == (words[1].start_s, words[13].end_s)


@pytest.mark.parametrize(
    ("text", "digits", "count"),
    [
        ("800 556 sorry 557 1234 again 800 557 1234", "8005571234", 2),
        ("800 557 1234 again 800 556 sorry 557 1234", "8005571234", 2),
        ("800 556 i mean 557 1234 that's 800 557 12 no 1234", "8005571234", 2),
    ],
)
def test_a_corrected_reading_is_one_reading_and_agrees(text: str, digits: str, count: int) -> None:
    found = number(text)
    assert (found.digits, len(found.readings), found.agree) == (digits, count, True)


def test_the_british_practice_message_with_its_true_words() -> None:
    folder = Path(__file__).resolve().parents[3] / "sample_audio"
    truth = json.loads((folder / "truth" / "uk_number.json").read_text())
    said = Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in truth["words"]))
    found = find_callback_number(said, region="GB")
    assert found.digits is not None
    digits = truth["number"]["digits"]
    assert (found.digits, found.e164, found.valid, found.agree) == (digits, f"+44{digits[1:]}", True, True)
    groups_said = (digits[:3], digits[3:7], digits[7:])
    assert written_groups(found.e164, found.digits) == groups_said
    recording = read_audio(folder / "uk_number.flac")
    speech = speech_intervals(recording)
    assert len(found.readings) == 2
    for reading, at in zip(found.readings, (1, 2), strict=True):
        true = [digit for digit in truth["digits"] if digit["reading"] == at]
        timed = timed_reading(reading, speech)
        assert timed.start_s == pytest.approx(true[0]["start_s"], abs=0.2)
        assert timed.end_s == pytest.approx(true[-1]["end_s"], abs=0.2)
        groups = said_groups(reading, reading_groups(timed, speech))
        assert tuple(group.digits for group in groups) == groups_said


SCRAPS = """
zero oh one two three four five for to too or sorry again that's 555 800 1234 hundred double plus extension x
dash um call at twenty fifty twelve 5:30 pm $500 1-800-FLOWERS flowers and is no i mean + - (800) 555-1234 one
more time ½ ² café account 12/5 [NOISE] 8005551234 800555123 80055512345 thousand triple area code invoice
"""


@settings(max_examples=150, deadline=None)
@example(["8005551234", "8005551234", "sorry", "555"], "US")
@given(st.lists(st.sampled_from(SCRAPS.split()), max_size=20), st.sampled_from(["US", "GB", "AU"]))
def test_whatever_is_said_readings_are_in_order_and_agree_as_stated(words: list[str], region: str) -> None:
    transcript = heard(" ".join(words))
    found = find_callback_number(transcript, region=region)
    if found.digits is None:
        assert not found.readings
        return
    assert len(found.digits) >= 7
    assert found.digits.isdigit()
    assert found.readings
    assert found.agree == all(reading.exact for reading in found.readings) == (found.differing is None)
    edges = [edge for reading in found.readings for edge in (reading.first_word, reading.last_word)]
    assert edges == sorted(edges)
    for reading in (*found.readings, *found.partials):
        assert "".join(item.digit for item in reading.items) == reading.digits
        assert reading.start_s < reading.end_s
        assert 0 <= reading.first_word <= reading.last_word < len(transcript.words)
