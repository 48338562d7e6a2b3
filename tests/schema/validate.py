#!/usr/bin/env python3
"""Validates JSON documents against a JSON Schema (draft 07 and 04, the keywords that our schemas use).

usage: validate.py SCHEMA DOCUMENT...

A reference may lead into a schema that lies beside SCHEMA.

A keyword that is not known is an error of its own: nothing is passed because it was not looked at.
Source: JSON Schema draft-07, core (draft-handrews-json-schema-01) and validation (…-validation-01).
"""
import json
import pathlib
import re
import sys

ANNOTATIONS = {"$schema", "$id", "$comment", "title", "description", "default", "examples",
               "definitions", "contentEncoding", "contentMediaType", "readOnly", "deprecated", "id",
               "meta:enum"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: not isinstance(v, bool) and (
        isinstance(v, int) or isinstance(v, float) and v.is_integer()),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}
FORMATS = {
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "date": r"\d{4}-\d\d-\d\d",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S+",
    "uri-reference": r"\S*",
    "iri-reference": r"\S*",
    "email": r"\S+@\S+",
    "idn-email": r"\S+@\S+",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}


class SchemaError(Exception):
    """The schema says something that this validator cannot check."""


def same(a, b):
    """Equality of JSON values: true is not 1, and members count whatever their order."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def to_python(pattern):
    """An ECMA 262 pattern for Python's re: the classes of Unicode and where $ ends."""
    out, in_class, at = [], False, 0
    names = {r"\p{L}": r"[^\W\d_]", r"\p{N}": r"\d"}
    while at < len(pattern):
        name = pattern[at:at + 5]
        if name in names:
            if in_class:
                raise SchemaError(f"{name} in brackets")
            out.append(names[name])
            at += 5
        elif pattern[at] == "\\":
            if pattern[at + 1:at + 2] in ("p", "P"):
                raise SchemaError(f"unknown class in pattern {pattern}")
            out.append(pattern[at:at + 2])
            at += 2
        else:
            char = pattern[at]
            in_class = char == "[" or in_class and char != "]"
            out.append(r"\Z" if char == "$" and not in_class else char)
            at += 1
    return re.compile("".join(out))


class Validator:
    def __init__(self, schema, folder=None):
        self.root = schema
        self.folder = folder  # of the schemas that references may lead to; None: none
        self.others = {}
        self.patterns = {}
        self.keywords = {name[6:].replace("_", ""): getattr(self, name)
                         for name in dir(self) if name.startswith("check_")}

    def errors(self, document):
        """A list of "place: what is wrong"; empty where the document is valid."""
        found = []
        self.look(self.root, document, "", found)
        return found

    def look(self, schema, value, place, found):
        if isinstance(schema, bool):
            if not schema:
                found.append(f"{place or '/'}: nothing may stand here")
            return
        if "$ref" in schema:  # draft 07: its neighbours do not count
            owner, target = self.resolve(schema["$ref"])
            owner.look(target, value, place, found)
            return
        for keyword, wanted in schema.items():
            if keyword in ANNOTATIONS:
                continue
            check = self.keywords.get(keyword.lower())
            if check is None:
                raise SchemaError(f"keyword {keyword} is not known")
            check(wanted, value, place, found, schema)

    def resolve(self, reference):
        """The validator of the schema that the reference leads to, and its target there."""
        name, _, pointer = reference.partition("#")
        if name:
            return self.other(name, reference).resolve(f"#{pointer}")
        target = self.root
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, dict) or part not in target:
                raise SchemaError(f"reference {reference} leads nowhere")
            target = target[part]
        if pointer and not pointer.startswith("/"):
            raise SchemaError(f"reference {reference} is no pointer")
        return self, target

    def other(self, name, reference):
        if self.folder is None or pathlib.PurePath(name).name != name:
            raise SchemaError(f"reference {reference} leads out of the schema")
        if name not in self.others:
            path = pathlib.Path(self.folder) / name
            if not path.is_file():
                raise SchemaError(f"reference {reference} leads nowhere")
            self.others[name] = Validator(json.loads(path.read_text("utf-8")), self.folder)
        return self.others[name]

    def fits(self, schema, value):
        found = []
        self.look(schema, value, "", found)
        return not found

    def check_type(self, wanted, value, place, found, schema):
        names = wanted if isinstance(wanted, list) else [wanted]
        if not any(TYPES[name](value) for name in names):
            found.append(f"{place or '/'}: is no {' or '.join(names)}")

    def check_enum(self, wanted, value, place, found, schema):
        if not any(same(value, one) for one in wanted):
            found.append(f"{place or '/'}: {value!r} is not one of {wanted}")

    def check_const(self, wanted, value, place, found, schema):
        if not same(value, wanted):
            found.append(f"{place or '/'}: {value!r} is not {wanted!r}")

    def check_pattern(self, wanted, value, place, found, schema):
        if wanted not in self.patterns:
            self.patterns[wanted] = to_python(wanted)
        if isinstance(value, str) and not self.patterns[wanted].search(value):
            found.append(f"{place or '/'}: {value[:60]!r} does not match {wanted}")

    def check_format(self, wanted, value, place, found, schema):
        if wanted not in FORMATS:
            raise SchemaError(f"format {wanted} is not known")
        if isinstance(value, str) and not re.fullmatch(FORMATS[wanted], value):
            found.append(f"{place or '/'}: {value[:60]!r} is no {wanted}")

    def check_minlength(self, wanted, value, place, found, schema):
        if isinstance(value, str) and len(value) < wanted:
            found.append(f"{place or '/'}: shorter than {wanted}")

    def check_maxlength(self, wanted, value, place, found, schema):
        if isinstance(value, str) and len(value) > wanted:
            found.append(f"{place or '/'}: longer than {wanted}")

    def check_minimum(self, wanted, value, place, found, schema):
        if TYPES["number"](value) and value < wanted:
            found.append(f"{place or '/'}: less than {wanted}")

    def check_maximum(self, wanted, value, place, found, schema):
        if TYPES["number"](value) and value > wanted:
            found.append(f"{place or '/'}: more than {wanted}")

    def check_required(self, wanted, value, place, found, schema):
        for name in wanted if isinstance(value, dict) else []:
            if name not in value:
                found.append(f"{place or '/'}: {name} is missing")

    def check_properties(self, wanted, value, place, found, schema):
        for name, member in wanted.items() if isinstance(value, dict) else []:
            if name in value:
                self.look(member, value[name], f"{place}/{name}", found)

    def check_patternproperties(self, wanted, value, place, found, schema):
        for pattern, member in wanted.items() if isinstance(value, dict) else []:
            for name in value:
                if to_python(pattern).search(name):
                    self.look(member, value[name], f"{place}/{name}", found)

    def check_additionalproperties(self, wanted, value, place, found, schema):
        if not isinstance(value, dict):
            return
        patterns = [to_python(pattern) for pattern in schema.get("patternProperties", {})]
        for name in value:
            known = name in schema.get("properties", {}) or any(p.search(name) for p in patterns)
            if not known and wanted is False:
                found.append(f"{place or '/'}: {name} may not stand here")
            elif not known:
                self.look(wanted, value[name], f"{place}/{name}", found)

    def check_items(self, wanted, value, place, found, schema):
        if isinstance(wanted, list):
            for index, (one, item) in enumerate(zip(wanted, value if isinstance(value, list) else [])):
                self.look(one, item, f"{place}/{index}", found)
            return
        for index, item in enumerate(value) if isinstance(value, list) else []:
            self.look(wanted, item, f"{place}/{index}", found)

    def check_additionalitems(self, wanted, value, place, found, schema):
        first = schema.get("items")
        if not isinstance(first, list) or not isinstance(value, list):
            return  # it counts beside a list of schemas alone
        for index, item in enumerate(value[len(first):], len(first)):
            self.look(wanted, item, f"{place}/{index}", found)

    def check_minitems(self, wanted, value, place, found, schema):
        if isinstance(value, list) and len(value) < wanted:
            found.append(f"{place or '/'}: fewer than {wanted} items")

    def check_maxitems(self, wanted, value, place, found, schema):
        if isinstance(value, list) and len(value) > wanted:
            found.append(f"{place or '/'}: more than {wanted} items")

    def check_uniqueitems(self, wanted, value, place, found, schema):
        if wanted and isinstance(value, list) and any(
                same(a, b) for i, a in enumerate(value) for b in value[:i]):
            found.append(f"{place or '/'}: an item is there twice")

    def check_allof(self, wanted, value, place, found, schema):
        for one in wanted:
            self.look(one, value, place, found)

    def check_anyof(self, wanted, value, place, found, schema):
        attempts = []
        for one in wanted:
            attempt = []
            self.look(one, value, place, attempt)
            if not attempt:
                return
            attempts.append(attempt)
        # The one that got deepest is most likely the one that was meant.
        found.extend(max(attempts, key=lambda a: max(text.count("/") for text in a)))

    def check_oneof(self, wanted, value, place, found, schema):
        count = sum(self.fits(one, value) for one in wanted)
        if count != 1:
            found.append(f"{place or '/'}: fits {count} of the choices, not one")

    def check_not(self, wanted, value, place, found, schema):
        if self.fits(wanted, value):
            found.append(f"{place or '/'}: fits what it may not")


def main(schema_path, *documents):
    with open(schema_path, encoding="utf-8") as source:
        validator = Validator(json.load(source), pathlib.Path(schema_path).parent)
    bad = False
    for path in documents:
        with open(path, encoding="utf-8") as source:
            for error in validator.errors(json.load(source)):
                print(f"{path}: {error}")
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
