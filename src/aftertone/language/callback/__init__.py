"""The call-back number: one door, `find_callback_number`, and one record, `CallbackNumber`."""

from aftertone.language.callback.find import DEFAULT_REGION, find_callback_number
from aftertone.language.callback.record import CallbackNumber, Reading

__all__ = ["DEFAULT_REGION", "CallbackNumber", "Reading", "find_callback_number"]
