from __future__ import annotations

import pytest

from aftertone.language.brief import Brief
from aftertone.language.names import caller_of, recipient_of, sounds_like
from tests.speech import transcript_of


@pytest.mark.parametrize(
    ("text", "name", "count"),
    [
        ("hi mary this is bob smith from acme", "Mary", 1),
        ("Hi, Mary, this is Bob.", "Mary", 1),
        ("hello mr jones this is bob", "Mr Jones", 1),
        ("Hello Mr. Jones, this is Bob. Thank you, Mr. Jones.", "Mr Jones", 2),
        ("good morning doctor patel this is", "Doctor Patel", 1),
        ("good morning susan it's bob", "Susan", 1),
        ("this message is for linda park", "Linda Park", 1),
        ("hi this message is for linda", "Linda", 1),
        ("hey dave call me dave", "Dave", 2),
        ("hi mary please call mary mary", "Mary", 3),
        ("i'm trying to reach karen", "Karen", 1),
        ("hi mary smith this is bob", "Mary Smith", 1),
        ("hi zbigniew this is bob", "Zbigniew", 1),
        ("HI MARY THIS IS BOB", "Mary", 1),
        ("hi this is for john smith john i'm sorry i missed you", "John Smith", 2),
        ("hi jennifer michael here from state farm", "Jennifer", 1),
        ("hi mary jane watson this is bob", "Mary Jane Watson", 1),
        ("hi mary just calling to say", "Mary", 1),
        ("hi mary-ann this is bob mary-ann", "Mary-Ann", 2),
        ("Hey there, Jean-Luc, it's Amélie.", "Jean-Luc", 1),
        ("Hi, Mary asked me to call you.", None, 0),
        ("hi bill said you were asking about the boat", None, 0),
        ("Hi, Doctor Bennett asked me to call.", None, 0),
        ("Hi Bill, said I'd call about the boat.", "Bill", 1),
        ("Mrs. Alvarez, the lab is open.", "Mrs Alvarez", 1),
        ("Hello, Mr. and Mrs. Doyle, good news.", "Mr and Mrs Doyle", 1),
        ("Please call me back, Priya.", "Priya", 1),
        ("Sorry to bother you at work, Mr. Doyle.", "Mr Doyle", 1),
        ("We live in Austin, near Dallas. The shop is in Boston, Virginia.", None, 0),
        ("hi this is bob", None, 0),
        ("hi there this is bob", None, 0),
        ("hello it's bob", None, 0),
        ("hi i'm calling about the invoice", None, 0),
        ("good morning i was calling", None, 0),
        ("hi everyone", None, 0),
        ("call me thank you goodbye", None, 0),
        ("hello hello this is bob", None, 0),
        ("hi good morning this is bob", None, 0),
        ("Hi. Mary? It's Bob.", "Mary", 1),
        ("Thanks, Susan. Bye.", "Susan", 1),
        ("Brian, this is Victor.", "Brian", 1),
        ("brian this is victor call me brian", "Brian", 2),
        ("victor here call me", None, 0),
        ("good afternoon mrs o'brien this is", "Mrs O'Brien", 1),
        ("", None, 0),
        ("call me back thanks", None, 0),
        ("hi there mary it's bob", "Mary", 1),
        ("good evening mr thompson", "Mr Thompson", 1),
        ("this is a message for gary wilson", "Gary Wilson", 1),
        ("i'm calling for mrs lee", "Mrs Lee", 1),
        ("message for doctor singh please", "Doctor Singh", 1),
        ("um hi uh peter", "Peter", 1),
        ("hi is that karen", "Karen", 1),
        ("i am looking for paul martin", "Paul Martin", 1),
        ("Yo, Mike! Dude, call me.", "Mike", 1),
        ("hi tom rick from the garage your brakes are done", "Tom", 1),
        ("Paul, hi, Maria at Westgate Realty.", "Paul", 1),
        ("good evening this is harold calling from medway pharmacy for joyce bennett", "Joyce Bennett", 1),
        ("is this the right number for bill dawson", "Bill Dawson", 1),
        ("I'm calling from the shop for nothing", None, 0),
        ("i'm trying to get in touch with helen ford", "Helen Ford", 1),
        ("this call is for nina", "Nina", 1),
        ("hi i got your message", None, 0),
        ("hello and thanks for calling", None, 0),
        ("good morning and happy friday", None, 0),
        ("hi again it's me", None, 0),
        ("hey quick question", None, 0),
        ("this is for the invoice", None, 0),
        ("hello this is the front desk", None, 0),
        ("looking for work", None, 0),
        ("calling for a quote", None, 0),
    ],
)
def test_recipients_of_messages(text: str, name: str | None, count: int) -> None:
    found = recipient_of(transcript_of(text))
    assert (found.name if found else None, len(found.spans) if found else 0) == (name, count)


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("hi merry this is bob", "Mary", 1),
        ("hi kathryn this is bob call me catherine", "Catherine", 2),
        ("hi jon it's bob", "John", 1),
        ("so mary i was calling", "Mary", 1),
        ("hi bob this is mary", "Karen", 0),
        ("hi marry i wanted more mary", "Mary", 2),
        ("hi sara call me", "Sarah Jones", 1),
        ("hi mr smyth call me", "Mr Smith", 1),
        ("hi shawn it's bob", "Sean", 1),
        ("hi geoff", "Jeff", 1),
        ("hi allan", "Alan", 1),
        ("hi brian", "Bryan", 1),
        ("hi caren", "Karen", 1),
        ("hi tracey", "Tracy", 1),
        ("hi tarry", "Terry", 1),
        ("hi stephen", "Steven", 1),
        ("hi debra", "Deborah", 1),
        ("hi mark", "Marc", 1),
        ("hi marie call me", "Mary", 0),
        ("hi john", "Jane", 0),
        ("hi paul", "Pam", 0),
        ("hi shivon this is bob", "Siobhan", 1),
        ("Hi, chevron, this is Bob.", "Siobhan", 1),
        ("we filled up at the chevron station", "Siobhan", 0),
        ("hi neve it's bob", "Niamh Byrne", 1),
        ("hi wakeen it's bob", "Joaquin", 1),
        ("hi karla", "Karl", 0),
        ("listen the listing is new", "Kristen", 0),
        ("hi Zoë", "Zoe", 1),
    ],
)
def test_an_expected_recipient_is_known_by_sound(text: str, expected: str, count: int) -> None:
    found = recipient_of(transcript_of(text), Brief(recipient=expected))
    assert (len(found.spans) if found else 0) == count
    assert found is None or found.name == expected


@pytest.mark.parametrize(
    ("text", "name", "company"),
    [
        ("hi mary this is bob smith from acme", "Bob Smith", "Acme"),
        ("Hi Mary, this is Bob Smith from Acme Plumbing. Please call me.", "Bob Smith", "Acme Plumbing"),
        ("my name is linda park and i'm calling from north bank", "Linda Park", "North Bank"),
        ("it's dave from the dental office", "Dave", "Dental Office"),
        ("hi mary bob smith here from acme", "Bob Smith", "Acme"),
        ("hi mary it's bob i wanted to ask", "Bob", None),
        ("this is bob calling about the invoice", "Bob", None),
        ("this is zbigniew kowalski calling about", "Zbigniew Kowalski", None),
        ("i'm calling from acme about your order", None, "Acme"),
        ("i'm calling on behalf of acme and sons", None, "Acme and Sons"),
        ("this is susan with state farm calling about your claim", "Susan", "State Farm"),
        ("this is karen at riverside dental please call", "Karen", "Riverside Dental"),
        ("this is bob at five five five one two three four", "Bob", None),
        ("this is bob from home", "Bob", None),
        ("this is important please call", None, None),
        ("this is about the invoice", None, None),
        ("it's ready", None, None),
        ("this is a message for mary", None, None),
        ("i'm sorry i missed you", None, None),
        ("this is doctor patel from the clinic", "Doctor Patel", "Clinic"),
        ("hi this is um steve nolan from uh nolan heating i wanted", "Steve Nolan", "Nolan Heating"),
        ("hello linda this is peter grant from grant insurance i have", "Peter Grant", "Grant Insurance"),
        ("Mary, call me by Thursday. Joan Reed, Acme Finance, 866.", "Joan Reed", "Acme Finance"),
        ("Mary, call me by Thursday. Mary, thank you.", None, None),
        ("it's late call me", None, None),
        ("this is critical we need it", None, None),
        ("this is your last notice", None, None),
        ("thanks for calling", None, None),
        ("i'm from the city", None, "City"),
        ("we met bob from acme", None, None),
        ("this is pat o'brien from o'neill and sons call me", "Pat O'Brien", "O'Neill and Sons"),
        ("hi jennifer michael here from state farm listen call me", "Michael", "State Farm"),
        ("hi mary bob calling from acme", "Bob", "Acme"),
        ("this is mary", "Mary", None),
        ("This is Bob, I'm with Acme.", "Bob", "Acme"),
        ("i'm hoping to talk", None, None),
        ("hi mary it's tom from the garage", "Tom", "Garage"),
        ("hey it's me dave", "Dave", None),
        ("Hello, Frances Doyle here from Doyle Interiors. Call me.", "Frances Doyle", "Doyle Interiors"),
        ("Good morning, Hannah. Malik from Orchard Print. The proofs are ready.", "Malik", "Orchard Print"),
        ("Linda, Greg Forsyth. Got your e-mail.", "Greg Forsyth", None),
        ("hi tom rick from the garage your brakes are done", "Rick", "Garage"),
        ("Paul, hi, Maria at Westgate Realty. Good news.", "Maria", "Westgate Realty"),
        ("it's fran calling to remind you", "Fran", None),
        ("it's nobody calling", None, None),
        ("i'm calling on behalf of first national credit union", None, "First National Credit Union"),
        ("hi it's jen from upstairs", "Jen", None),
        ("Hello, it's Mr. Okafor, Grace's father. She is ill.", "Mr Okafor", None),
        ("my name is keith rowe and i represent harper insurance", "Keith Rowe", "Harper Insurance"),
        ("this is a courtesy call from metro water", None, "Metro Water"),
        ("it's merry christmas calling", None, None),
        ("tom baker here", "Tom Baker", None),
        ("this is officer grant", "Officer Grant", None),
        ("it's maria calling about the table", "Maria", None),
        ("this is john smith calling on behalf of acme", "John Smith", "Acme"),
        ("bob jones speaking", "Bob Jones", None),
        ("we are calling from city hall", None, "City Hall"),
        ("name's jack i fix roofs", "Jack", None),
        ("you've reached bob", None, None),
        ("it's raining", None, None),
        ("this is not urgent", None, None),
        ("it's from the bank", None, None),
        ("this is just a reminder", None, None),
        ("i'm late", None, None),
        ("i'm here until five", None, None),
        ("it's monday", None, None),
        ("it's friday again", None, None),
        ("It's Keisha at Lakeside Clinic.", "Keisha", "Lakeside Clinic"),
        ("it's your cousin bea", "Bea", None),
        ("Mr. Prewett? It's only Alan.", "Alan", None),
        ("it's me again oscar", "Oscar", None),
        ("Priya, Colin. The place is on the market.", "Colin", None),
        ("Martin, Elise Fontaine, Clearpath Software. Good day.", "Elise Fontaine", "Clearpath Software"),
        ("Stan from Keystone Roofing, Mrs. Keller.", "Stan", "Keystone Roofing"),
        ("Afternoon, Mrs. Keller, Stan the roofer.", "Stan", None),
        ("Walter, Keisha from the clinic once more.", "Keisha", "Clinic"),
        ("That's Pell, Yvonne Pell, with the county.", "Yvonne Pell", "County"),
        ("Yvonne Pell is the name.", "Yvonne Pell", None),
        ("Just tell him Frank called.", "Frank", None),
        ("You can say it was Frank, from Northgate Heating.", "Frank", "Northgate Heating"),
        ("Would you have him phone Doctor Cole?", "Doctor Cole", None),
        ("Alan Finch of Finch and Daughters, the surveyors.", "Alan Finch", "Finch and Daughters"),
        ("this is the law firm of smith and partners", None, "Smith and Partners"),
        ("This is the front office at Maple Grove.", None, "Maple Grove"),
        ("This is Prairie Supply's accounts department.", None, "Prairie Supply"),
        ("This is the front desk.", None, None),
        ("It's Dutch cheese.", None, None),
        ("That's Elm Street.", None, None),
        ("Bill from the bank is coming at four.", None, None),
        ("I heard that Bill called.", None, None),
        ("Hi Mary Call Me Friday It Is Raining", None, None),
        ("", None, None),
    ],
)
def test_callers_of_messages(text: str, name: str | None, company: str | None) -> None:
    found = caller_of(transcript_of(text))
    assert ((found.name, found.company) if found else (None, None)) == (name, company)


def test_all_mentions_of_the_caller_are_found() -> None:
    middle = "i'm calling about the invoice that we sent you in may please pay it soon"
    found = caller_of(
        transcript_of(f"hi mary this is bob smith from acme {middle} again this is bob smith from acme")
    )
    assert found is not None
    assert [span.text for span in found.spans] == ["bob smith from acme"] * 2


def test_the_expected_caller_is_known_by_sound() -> None:
    brief = Brief(caller="Kathy Jones", company="Acme Tools")
    found = caller_of(transcript_of("hi this is cathy from acne tools"), brief)
    assert found is not None
    assert (found.name, found.company) == ("Kathy Jones", "Acme Tools")


def test_the_recipient_is_not_the_caller() -> None:
    transcript = transcript_of("hi mary this is bob mary please call me bob")
    to, by = recipient_of(transcript), caller_of(transcript)
    assert to is not None
    assert by is not None
    assert (to.name, len(to.spans), by.name) == ("Mary", 2, "Bob")


def test_spans_have_the_times_of_the_name() -> None:
    found = recipient_of(transcript_of("hi mary call me mary"))
    assert found is not None
    assert [(span.start_s, span.text) for span in found.spans] == [(0.5, "mary"), (2.0, "mary")]


@pytest.mark.parametrize(
    ("name", "word", "same"),
    [
        ("Mary", "merry", True), ("Mary", "Mary's", True), ("John", "jon", True), ("Phillip", "filip", True),
        ("Smith", "smyth", True), ("Catherine", "kathryn", True), ("Steven", "stephen", True),
        ("Mary", "more", False),
        ("Mary", "me", False), ("Mary", "mark", False), ("Bob", "but", False), ("Ann", "in", False),
        ("Will", "well", False), ("Knight", "nite", True), ("Wright", "rite", True), ("Zack", "sac", False),
        ("Tim", "Tom", False), ("Christine", "Christina", False),
        ("Karen", "sharon", False), ("", "mary", False), ("Mary", "", False),
    ],
)  # fmt: skip
def test_names_by_sound(name: str, word: str, same: bool) -> None:
    assert sounds_like(name, word) is same
