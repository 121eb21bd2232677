"""Every call of the OpenAPI document with values that it allows, and with some that it does not:
no answer is a bug, each is of a kind and a form that the document tells, and the server lives."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fake_server import FakeServerProcess
from tests.faults.conftest import lives
from tests.server_process import HANG_SECONDS

EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServerProcess]:
    """It must be the same process at the end, and answer a question."""
    process = FakeServerProcess(tmp_path_factory.mktemp("openapi") / "data").start().wait_ready()
    yield process
    lives(process)
    process.stop()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_call_is_a_bug(server: FakeServerProcess, mode: GenerationMode) -> None:
    document = schemathesis.openapi.from_url(server.url + "/openapi.json")
    tried = []
    for found in document.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def call(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, timeout=HANG_SECONDS)

        try:
            call()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label  # it takes nothing to be wrong
            continue
        tried.append(operation.label)
    assert len(tried) >= 15, tried
