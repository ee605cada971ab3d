"""A small FastAPI app made to follow the API Design Rules: what changes, and what stays as its author wrote it."""

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import create_model

from shared.http.openapi import adr_openapi

WRITE_WITH_A_BODY = {"201", "400", "401", "403", "408", "409", "413", "503"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"][path][method]
    return operation


def test_bad_input_answers_400_and_never_422(sample_document: dict[str, Any]) -> None:
    assert operation(sample_document, "/plans", "post")["responses"].keys() == WRITE_WITH_A_BODY
    assert operation(sample_document, "/plans/{planId}", "get")["responses"].keys() == {"200", "400", "404"}
    assert operation(sample_document, "/plans", "get")["responses"].keys() == {"200"}
    assert "HttpValidationError" not in str(sample_document)
    assert "HTTPValidationError" not in str(sample_document)


def test_every_error_is_a_problem_and_keeps_the_words_of_its_author(sample_document: dict[str, Any]) -> None:
    answers = operation(sample_document, "/plans", "post")["responses"]
    errors = {status: answer for status, answer in answers.items() if status[0] in "45"}
    assert all(answer["content"] == PROBLEM for answer in errors.values())
    assert errors["409"]["description"] == "There is a plan already"
    assert errors["403"]["description"].startswith("Alleen voor case_manager")
    assert {"status", "title", "detail"} <= set(sample_document["components"]["schemas"]["Problem"]["required"])


def test_every_answer_names_the_version_in_a_header(sample_document: dict[str, Any]) -> None:
    answers = [
        answer
        for path in sample_document["paths"].values()
        for each in path.values()
        for answer in each["responses"].values()
    ]
    assert len(answers) > 8
    assert all(answer["headers"].keys() >= {"API-Version"} for answer in answers)


def test_schema_names_are_upper_camel_case_and_references_follow(sample_document: dict[str, Any]) -> None:
    assert {"PagePipView", "PipView", "Problem", "InputError"} <= sample_document["components"]["schemas"].keys()
    page = operation(sample_document, "/plans", "get")["responses"]["200"]["content"]["application/json"]["schema"]
    assert page["$ref"] == "#/components/schemas/PagePipView"


def test_two_schemas_that_get_one_name_are_refused() -> None:
    app = FastAPI(title="t", version="1.0.0")
    app.get("/a", name="a", response_model=create_model("PIPView", a=(int, ...)))(lambda: None)
    app.get("/b", name="b", response_model=create_model("PipView", b=(int, ...)))(lambda: None)
    with pytest.raises(ValueError, match="PIPView and PipView get the same name in the document: rename one"):
        adr_openapi(app)


def test_two_models_of_one_name_are_refused() -> None:
    app = FastAPI(title="t", version="1.0.0")
    app.get("/a", name="a", response_model=create_model("View", __module__="one", a=(int, ...)))(lambda: None)
    app.get("/b", name="b", response_model=create_model("View", __module__="two", b=(int, ...)))(lambda: None)
    with pytest.raises(ValueError, match="Models share a name"):
        adr_openapi(app)


def test_two_operations_of_one_name_are_refused() -> None:
    app = FastAPI(title="t", version="1.0.0")
    app.get("/a", name="read_view")(lambda: None)
    app.get("/b", name="read_view")(lambda: None)
    with pytest.raises(ValueError, match="Two operations are called readView"):
        adr_openapi(app)


def test_the_app_itself_is_left_as_it_was(sample_app: FastAPI) -> None:
    first = adr_openapi(sample_app)
    assert adr_openapi(sample_app) == first
    assert "422" in FastAPI.openapi(sample_app)["paths"]["/plans"]["post"]["responses"]
