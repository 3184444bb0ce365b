"""What the words around a number say that it is."""

from __future__ import annotations

from aftertone.language.callback.segments import Piece
from aftertone.language.tokens import tokens
from aftertone.language.transcript import Transcript


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FOR_A_NUMBER = _words(
    "call calling reach phone telephone ring cell cellphone mobile text dial callback contact line direct "
    "office landline extension back"
)
_FOR_ANOTHER = _words(
    "invoice account reference ref order zip post postal postcode price cost amount balance total policy "
    "case claim ticket tracking confirmation pin passcode password access member membership customer serial "
    "part model item license licence sort routing iban vat tax social security purchase po id quote receipt "
    "registration isbn sku conference meeting room suite box date born birth fax"
)
_OWNED = _words("number phone cell cellphone mobile line landline")  # "your number" is none to call back on
_FOR_AN_AMOUNT = _words(
    "dollars dollar pounds pound euros euro cents percent people units miles am pm o'clock"
)
_CUE_WORDS = 7  # "reach me directly on my mobile, that's"


class Cues:
    """What the words around a piece say that its digits are."""

    def __init__(self, transcript: Transcript) -> None:
        self._tokens = tokens(transcript)

    def score(self, piece: Piece) -> float:
        """Above 0 for a telephone number, below 0 for another, 0 where nothing is said."""
        first, last = piece.items[0].word_index, piece.items[-1].word_index
        after = next((token.text for token in self._tokens if token.word_index > last), "")
        if after in _FOR_AN_AMOUNT:
            return -1.0
        before = [token for token in self._tokens if token.word_index < first][::-1][:_CUE_WORDS]
        if before and before[0].text in ("at", "on"):  # "reach me at", but "I tried you at"
            return -1.0 if len(before) > 1 and before[1].text == "you" else 1.0
        for at, token in enumerate(before):
            owner = before[at + 1].text if at + 1 < len(before) else ""
            if token.text in _FOR_ANOTHER or (owner == "your" and token.text in _OWNED):
                return -1.0
            if token.text in _FOR_A_NUMBER:
                return 1.0
            if token.text[0].isdigit() or (token.mark in (".", "?") and at):
                return 0.0
            if token.text in ("my", "our") and at and before[at - 1].text == "number":
                return 1.0
        return 0.0
