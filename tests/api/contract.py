"""What data/api/openapi.json promises of an operation, and how an answer is held against it."""
import json
import re
import sys

from world import ROOT

sys.path.insert(0, str(ROOT / "tests/schema"))
from validate import Validator  # noqa: E402


class Contract:
    def __init__(self, document):
        self.document = document
        self.validator = Validator(document)
        self.operations = {item["get"]["operationId"]: Operation(self, path, item["get"])
                           for path, item in document["paths"].items()}

    def resolve(self, value):
        if "$ref" not in value:
            return value
        target = self.document
        for part in value["$ref"].split("/")[1:]:
            target = target[part]
        return target

    def faults(self, schema, value):
        found = []
        self.validator.look(schema, value, "", found)
        return found


class Operation:
    def __init__(self, contract, path, get):
        self.contract, self.path, self.id = contract, path, get["operationId"]
        parameters = [contract.resolve(row) for row in get.get("parameters", [])]
        self.in_path = [row["name"] for row in parameters if row["in"] == "path"]
        self.query = [row for row in parameters if row["in"] == "query"]
        self.responses = {int(status): contract.resolve(row)
                          for status, row in get["responses"].items()}
        self.slugs = {int(status): row["$ref"].rsplit("/", 1)[1]
                      for status, row in get["responses"].items() if "$ref" in row}

    @property
    def is_stream(self):
        return "text/event-stream" in self.responses[200]["content"]

    @property
    def is_paged(self):
        return any(row["name"] == "cursor" for row in self.query)

    def faults(self, answer):
        """What of an answer was not promised; empty where all was."""
        if answer.status not in self.responses:
            return [f"status {answer.status} is not declared"]
        if answer.status == 304:
            return ["a body"] if answer.body else []
        content = self.responses[answer.status]["content"]
        if answer.media not in content:
            return [f"{answer.media} is not declared"]
        if not answer.media.endswith("json"):
            return []
        try:
            value = json.loads(answer.body)
        except ValueError as error:
            return [str(error)]
        found = self.contract.faults(content[answer.media]["schema"], value)
        is_file = self.id == "chainFile" and answer.status == 200  # laid out for people
        return found + problem_faults(self, answer, value) + ([] if is_file else spelling_faults(answer))


def problem_faults(operation, answer, value):
    if answer.media != "application/problem+json":
        return []
    wanted = f"urn:akashi:problem:{operation.slugs[answer.status]}"
    return [] if (value["status"], value["type"]) == (answer.status, wanted) else [
        f"{value['type']} {value['status']} in an answer with {answer.status}"]


def spelling_faults(answer):
    """Canonical: sorted members, no white space, UTF-8. A bundle is a file and ends with a newline."""
    again = json.dumps(json.loads(answer.body), sort_keys=True, separators=(",", ":"),
                       ensure_ascii=False).encode()
    # jansson writes DEL and escapes as they are; both ways of writing a control character count
    return [] if re.sub(rb"\\u00([0-9a-fA-F]{2})", lambda m: m[0].lower(), again) == re.sub(
        rb"\\u00([0-9a-fA-F]{2})", lambda m: m[0].lower(), answer.body.removesuffix(b"\n")) else ["not canonical"]
