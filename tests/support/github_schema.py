"""GitHub's real public GraphQL schema, and execution of queries against facts given as dicts.

A fact is a dict with `__typename` where the schema leaves the type open; a value may be a function
of the field's arguments. What a dict does not say is filled with the emptiest legal value, so that
a client may ask for more than the facts hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    specified_rules,
    validate,
)

from tests.support.needs import ROOT, missing

# GitHub itself does not insist on this rule, and gh breaks it.
_RULES = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]
_EMPTY = {"Int": 0, "Float": 0.0, "Boolean": False, "DateTime": "2026-01-01T12:00:00Z"}


@cache
def github_schema() -> GraphQLSchema:
    """The schema; reading it takes about 1.5 s, once per process."""
    path = ROOT / "node_modules" / "@octokit" / "graphql-schema" / "schema.graphql"
    if not path.exists():
        missing("GitHub's public schema", "run `make test` with npm installed")
    return build_schema(path.read_text("utf-8"), assume_valid=True, assume_valid_sdl=True)


class Refused(Exception):
    """What GitHub answers to a mutation that it will not do; `kind` is its error's type."""

    def __init__(self, message: str, kind: str = "UNPROCESSABLE") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A query's answer as it goes over the wire, and what the schema would say against it."""

    operation: str
    body: dict[str, Any]
    warnings: list[str]


def operation_of(query: str) -> str:
    """The name of a query's operation."""
    found = [d for d in parse(query).definitions if isinstance(d, OperationDefinitionNode)]
    return found[0].name.value if found and found[0].name else ""


def execute(
    payload: Mapping[str, Any], query: Mapping[str, Any], mutation: Mapping[str, Any]
) -> Executed:
    """Execute what a client sent on the facts `query` and the actions `mutation`."""
    document, schema = parse(payload["query"]), github_schema()
    result = execute_sync(
        schema,
        document,
        root_value={**query, **mutation},
        variable_values=payload.get("variables"),
        operation_name=payload.get("operationName"),
        field_resolver=_resolve,
    )
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_said(error) for error in result.errors]
    return Executed(
        operation=operation_of(payload["query"]),
        body=body,
        warnings=[error.message for error in validate(schema, document, _RULES)],
    )


def _said(error: GraphQLError) -> dict[str, Any]:
    said: dict[str, Any] = {"message": error.message, "path": error.path}
    if isinstance(error.original_error, Refused):
        said["type"] = error.original_error.kind
    return said


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    value = source.get(info.field_name) if isinstance(source, Mapping) else None
    if callable(value):
        value = value(**arguments)
    return _legal(info) if value is None else value


def _legal(info: GraphQLResolveInfo[Any]) -> Any:
    kind = info.return_type
    if not isinstance(kind, GraphQLNonNull):
        return [] if isinstance(kind, GraphQLList) else None
    named = get_named_type(kind)
    if isinstance(kind.of_type, GraphQLList):
        return []
    if isinstance(named, GraphQLObjectType):
        return {}
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values.values())).value
    return _EMPTY.get(named.name, "")
