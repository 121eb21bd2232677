"""The table of faults: each row's number and what goes wrong.

A test that makes a fault happen for real carries `@pytest.mark.fault` with the row's number;
`test_rows.py` checks that every row has one.
"""

from __future__ import annotations

ROWS: dict[int, str] = {
    1: "kill -9 of the engine's core in the middle of an answer",
    2: "SIGSTOP of the engine's core",
    3: "kill -9 of the server in the middle of an answer",
    4: "SIGTERM in the middle of an answer",
    5: "SIGTERM with a client that reads nothing",
    6: "no model, or no memory for it, at the start",
    7: "one request fails in the engine",
    8: "disk full at an upload",
    9: "disk full at a write of the database",
    10: "database locked by another program",
    11: "data folder read-only",
    12: "slow reader",
    13: "a client vanishes",
    14: "idle sockets",
    15: "1,000 half-sent requests",
    16: "200 MB of headers",
    17: "a message of 100 MB",
    18: "a compressed bomb",
    19: "binary frames",
    20: "bad JSON, deep nesting",
    21: "unknown types, extra keys",
    22: "lone surrogates, NUL, bad UTF-8",
    23: "a flood of questions, frames or chunks from one user",
    24: "a flood of sockets from one user",
    25: "a prompt over the context",
    26: "truncated, corrupt or unknown files",
    27: "a PNG of 60000×60000",
    28: "1×1 and 1×20000",
    29: "a TIFF with loops or very many frames",
    30: "a PDF of very many pages",
    31: "a huge MediaBox",
    32: "an encrypted or damaged PDF",
    33: "scripts in a PDF",
    34: "DXF bombs",
    35: "paths to other files in a DXF",
    36: "entities and references in an SVG",
    37: "wrong magic, polyglot, zip",
    38: "file names that are paths, too long, or turn the text around",
    39: "the same file many times at once",
    40: "an upload cut in half",
    41: "guessing tokens",
    42: "another owner's identifiers, in any call or frame",
    43: "a wrong or null Origin",
    44: "an evil Host",
    45: "a cross-site form",
    46: "script in a file name, an answer, a history",
    47: "an answer with a picture from elsewhere",
    48: "a spoofed X-Forwarded-For",
    49: "special tokens in a question, a file name, a drawing's text",
    50: "instructions written inside a drawing",
}

#: What a row's tests cannot show everywhere, or not at all, and why.
ELSEWHERE: dict[int, str] = {
    1: "the real engine's death needs vLLM, `tests/engine`; the 2 s are how often it is asked",
    2: "needs vLLM; the 30 s are the sum of two settings, `test_bounds.py`",
    5: "on a busy machine the 5 s after the grace time are not measured, but held as a number",
    7: "by the real engine in what it refuses; that one fails it in its middle, by the fake one",
    8: "needs a user namespace for a small disk (Linux, not inside every container)",
    9: "as row 8; the test of the database alone limits its pages instead and runs everywhere",
    11: "as row 8 for root, who may write anywhere else",
    14: "500 sockets here; the 5,000 beside 16 streams are a benchmark, benchmarks/sockets.py",
    18: "compression is never agreed on: such a frame breaks the protocol, 1002 and not 1009",
    23: "that others' first words are not later is a time, in no test; that they are answered is",
    27: "the 200 ms are a time, in no test; its 11 GB of pixels fit into no worker, "
    "so that only the header can be read",
    34: "bombs are counted before they are drawn, in a second; what is none and takes long ends "
    "after `decode_seconds` (60 s), as a large honest drawing takes half a minute here",
    41: "a difference of nanoseconds is not measured: the code compares by `hmac.compare_digest`",
    46: "needs Chromium",
    47: "needs Chromium",
    50: "what a model believes cannot be tested; that the words keep their place in the prompt and "
    "that its tools reach only this conversation's drawings can",
}
