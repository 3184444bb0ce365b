"""The call-back number: one door, `find_callback_number`, and one record, `CallbackNumber`."""

from aftertone.language.callback.find import DEFAULT_REGION, find_callback_number
from aftertone.language.callback.record import CallbackNumber, OtherNumber, Reading

__all__ = ["DEFAULT_REGION", "CallbackNumber", "OtherNumber", "Reading", "find_callback_number"]
