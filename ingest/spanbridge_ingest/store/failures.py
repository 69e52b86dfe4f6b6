"""Whose fault an engine error is: the batch's, or the store's.

Only codes that are known to come from the content of an insert count against the data. Everything
else (network, memory, disk, permissions, a missing table, codes we do not know) is the store's
fault: the data is kept and tried again, and an operator can act.
"""

from __future__ import annotations

import re

from spanbridge_ingest.errors import StoreDataError, StoreError, StoreUnavailableError

DATA_CODES = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        25,  # CANNOT_PARSE_ESCAPE_SEQUENCE
        26,  # CANNOT_PARSE_QUOTED_STRING
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        32,  # ATTEMPT_TO_READ_AFTER_EOF
        33,  # CANNOT_READ_ALL_DATA
        69,  # ARGUMENT_OUT_OF_BOUND
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        128,  # TOO_LARGE_ARRAY_SIZE
        131,  # TOO_LARGE_STRING_SIZE
        190,  # SIZES_OF_ARRAYS_DONT_MATCH
        306,  # TOO_DEEP_RECURSION
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        407,  # DECIMAL_OVERFLOW
        436,  # PROTOBUF_BAD_CAST
        437,  # PROTOBUF_FIELD_NOT_REPEATED
        444,  # UNKNOWN_PROTOBUF_FORMAT
        691,  # UNKNOWN_ELEMENT_OF_ENUM
    }
)

_CODE = re.compile(r"Code:\s*(\d+)")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]{3,})\)")


def error_code(message: str) -> int | None:
    """The ClickHouse error code in an error message, if it has one."""
    found = _CODE.search(message)
    return int(found.group(1)) if found else None


def classify(error: Exception, doing: str) -> StoreError:
    """The StoreError that ``error`` amounts to. Its message never holds data of the batch."""
    text = str(error)
    code = getattr(error, "code", None) or error_code(text)
    names = _NAME.findall(text)
    what = f"{names[-1]} (code {code})" if names and code else type(error).__name__
    if code in DATA_CODES:
        return StoreDataError(f"the store refused the data while {doing}: {what}")
    return StoreUnavailableError(f"the store failed while {doing}: {what}")
