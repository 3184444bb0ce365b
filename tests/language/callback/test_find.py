from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
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
