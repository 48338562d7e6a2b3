"""The schema validator itself: each keyword refuses what it must, and what it does not know is said.

usage: validate-test.py LAB
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
from tap import Tap  # noqa: E402  (the lab's)
from validate import SchemaError, Validator  # noqa: E402

# schema, documents that are valid, documents that are not
ROWS = [
    ({"type": "object"}, [{}], [[], "", 1, None, True]),
    ({"type": "integer"}, [1, 1.0, -3], [True, 1.5, "1"]),
    ({"type": "number"}, [1, 1.5], [True, "1"]),
    ({"type": ["string", "null"]}, ["", None], [0]),
    ({"enum": ["a", 1]}, ["a", 1], ["b", True, "1"]),
    ({"const": {"a": [1]}}, [{"a": [1]}], [{"a": [True]}, {"a": []}]),
    ({"required": ["a"]}, [{"a": 1}, 5], [{"b": 1}, {}]),
    ({"properties": {"a": {"type": "string"}}}, [{}, {"a": ""}, {"b": 1}], [{"a": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}], [{"b": 1}]),
    ({"additionalProperties": {"type": "integer"}}, [{"x": 1}], [{"x": "1"}]),
    ({"patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
     [{"x1": 1}], [{"x1": ""}, {"y": 1}]),
    ({"items": {"type": "integer"}}, [[], [1]], [["a"], [1, "a"]]),
    ({"items": [{"type": "integer"}, {"type": "string"}]}, [[], [1], [1, "a", None], 5],
     [["a"], [1, 2]]),
    ({"items": [{"type": "integer"}], "additionalItems": False}, [[], [1], "ab"], [[1, 2], ["a"]]),
    ({"items": [{}], "additionalItems": {"type": "string"}}, [[1, "a"]], [[1, 2]]),
    ({"items": {"type": "integer"}, "additionalItems": False}, [[1, 2]], [["a"]]),
    ({"minItems": 1}, [[1], "text"], [[]]),
    ({"maxItems": 1}, [[1]], [[1, 2]]),
    ({"uniqueItems": True}, [[1, True], [{"a": 1}, {"a": 2}]], [[{"a": 1}, {"a": 1}]]),
    ({"minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd"]),
    ({"minimum": 1, "maximum": 3}, [1, 3], [0, 4]),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, ["", 1], [[], 1.5]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 5}]}, [1, 5.5], [6]),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1], [0, 3]),
    ({"not": {"type": "string"}}, [1], [""]),
    ({"pattern": "^(\\p{L}|_)(\\p{L}|\\p{N}|[.\\-_])*$"}, ["ac-1", "_5.1-1", "é2"],
     ["5.1-1", "a b", "", "ac-1\n"]),
    ({"pattern": "^\\S(.*\\S)?$"}, ["a", "a b"], ["", " a", "a ", "a\nb"]),
    ({"pattern": "^[^\n]+$"}, ["a"], ["", "a\nb"]),
    ({"pattern": "b"}, ["abc"], ["ac"]),  # not anchored
    ({"format": "date-time"}, ["2026-11-23T00:00:00Z"], ["2026-11-23", "x"]),
    ({"definitions": {"a:b": {"type": "string"}}, "$ref": "#/definitions/a:b", "minLength": 9},
     ["short"], [1]),
    ({"definitions": {"list": {"items": {"$ref": "#/definitions/list"}, "type": "array"}},
      "$ref": "#/definitions/list"}, [[[], [[]]]], [[[1]]]),
    (False, [], [1, {}]),
]
UNKNOWN = [
    {"dependentRequired": {}}, {"format": "colour"}, {"$ref": "other.json"},
    {"$ref": "#/definitions/none"}, {"$ref": "#anchor"}, {"pattern": "\\p{Greek}"},
    {"pattern": "[\\p{L}]"}, {"$ref": "../up.json"},
]


def refuses(schema):
    try:
        Validator(schema).errors([""] if "items" in schema else "")
    except SchemaError:
        return True
    return False


def main():
    tap = Tap()
    for schema, good, bad in ROWS:
        validator = Validator(schema)
        wrong = [f"valid is refused: {d!r}: {validator.errors(d)}" for d in good
                 if validator.errors(d)]
        wrong += [f"invalid is accepted: {d!r}" for d in bad if not validator.errors(d)]
        tap.ok(f"{schema}"[:70].replace("#", "no. "), not wrong, *wrong)
    for schema in UNKNOWN:
        tap.ok(f"not known: {schema}".replace("#", "no. "), refuses(schema))
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "other.json").write_text(
            '{"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"type": "integer"}}}', "utf-8")
        beside = Validator({"$ref": "other.json#/definitions/a"}, folder)
        tap.ok("a reference leads into the schema beside it, and references there into that one",
               not beside.errors(1) and beside.errors("1"))
    places = Validator({"properties": {"a": {"items": {"type": "string"}}}}).errors({"a": ["", 1]})
    tap.ok("an error names its place", places == ["/a/1: is no string"], *places)
    sys.exit(tap.done())


main()
