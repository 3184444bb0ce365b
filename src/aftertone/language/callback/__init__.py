"""The call-back number: one door, `find_callback_number`, and one record, `CallbackNumber`.

`find` has the order of work.
"""

from aftertone.language.callback.find import DEFAULT_REGION, find_callback_number
from aftertone.language.callback.record import CallbackNumber, OtherNumber, Reading
from aftertone.language.callback.redecoding import with_numerals

__all__ = [
    "DEFAULT_REGION",
    "CallbackNumber",
    "OtherNumber",
    "Reading",
    "find_callback_number",
    "with_numerals",
]
