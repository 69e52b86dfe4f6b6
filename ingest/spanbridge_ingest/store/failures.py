"""Whose fault an engine error is: the batch's, or the store's.

Codes that only the content of an insert can cause count against the data. Codes that tell of
memory, disk, limits, permissions or missing tables, and errors without a code (the network), count
against the store: the data is kept and tried again, and an operator can act. Any other code is
undecided; the store then finds out by inserting something harmless (``ClickHouseStore.write``).
"""

from __future__ import annotations

import re

from spanbridge_ingest.errors import (
    StoreDataError,
    StoreError,
    StoreTooExpensiveError,
    StoreUnavailableError,
    StoreUndecidedError,
)

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

STORE_CODES = frozenset(
    {
        60,  # UNKNOWN_TABLE
        74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        76,  # CANNOT_OPEN_FILE
        81,  # UNKNOWN_DATABASE
        159,  # TIMEOUT_EXCEEDED
        164,  # READONLY
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        198,  # DNS_ERROR
        201,  # QUOTA_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        203,  # NO_FREE_CONNECTION
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        286,  # UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
        289,  # REPLICA_IS_NOT_IN_QUORUM
        319,  # UNKNOWN_STATUS_OF_INSERT
        364,  # IP_ADDRESS_NOT_ALLOWED
        394,  # QUERY_WAS_CANCELLED
        425,  # SYSTEM_ERROR
        439,  # CANNOT_SCHEDULE_TASK
        497,  # ACCESS_DENIED
        516,  # AUTHENTICATION_FAILED
        107,  # FILE_DOESNT_EXIST
        173,  # CANNOT_ALLOCATE_MEMORY
        225,  # NO_ZOOKEEPER
        244,  # UNEXPECTED_ZOOKEEPER_ERROR
        254,  # NO_ACTIVE_REPLICAS
        290,  # LIMIT_EXCEEDED
        297,  # SHARD_HAS_NO_CONNECTIONS
        384,  # PART_IS_TEMPORARILY_LOCKED
        434,  # CANNOT_PARSE_PROTOBUF_SCHEMA
        499,  # S3_ERROR
        745,  # SERVER_OVERLOADED
        999,  # KEEPER_EXCEPTION
        1000,  # POCO_EXCEPTION
        1001,  # STD_EXCEPTION
    }
)

_MEMORY_LIMIT_EXCEEDED = 241
_TOTAL = "(total)"
"""Stands in the message when the whole engine is out of memory, not one query over its limit."""

_CODE = re.compile(r"Code:\s*(\d+)")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]{3,})\)")


def error_code(message: str) -> int | None:
    """The ClickHouse error code in an error message, if it has one."""
    found = _CODE.search(message)
    return int(found.group(1)) if found else None


def _what(error: Exception) -> tuple[int | None, str]:
    """The error's code and a description without any data."""
    text = str(error)
    code = getattr(error, "code", None) or error_code(text)
    names = _NAME.findall(text)
    return code, f"{names[-1]} (code {code})" if names and code else type(error).__name__


def classify(error: Exception, doing: str) -> StoreError:
    """The StoreError of anything but the insert of a batch: the store is at fault."""
    code, what = _what(error)
    return StoreUnavailableError(f"the store failed while {doing}: {what}", code)


def classify_insert(error: Exception) -> StoreError:
    """The StoreError of a failed insert. Its message never holds data of the batch."""
    code, what = _what(error)
    if code == _MEMORY_LIMIT_EXCEEDED and _TOTAL not in str(error):
        return StoreTooExpensiveError(f"the store refused the data while inserting: {what}")
    if code in DATA_CODES:
        return StoreDataError(f"the store refused the data while inserting: {what}")
    if code is not None and code not in STORE_CODES:
        return StoreUndecidedError(f"the store failed while inserting: {what}")
    return StoreUnavailableError(f"the store failed while inserting: {what}")
