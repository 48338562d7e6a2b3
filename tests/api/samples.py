"""Values for the parameters of operations, good and bad, made of what the document says of them."""
import urllib.parse

GOOD = {"product": "Akashi weak example gateway", "q": "gateway", "property": "tls.versions",
        "version": "1.0.3", "profile": "jc-star-1", "obligation": "M", "test": "probe.tls",
        "subject": "tcp:127.0.1.10:443", "other": "line", "with": "gateway:CPS.AC-4", "without": "gateway:CPS.AC-4",
        "compromised": "gateway"}


def good_values(row):
    """A few values that the schema allows."""
    schema = row["schema"]
    if row["name"] == "cursor":
        return ["c0", "c5", "c9223372036854775807"]
    if schema["type"] == "integer":
        return [schema["minimum"], schema["maximum"]]
    if "enum" in schema:
        return schema["enum"]
    if schema.get("format") == "date":
        return ["2026-11-23", "1970-01-01", "2099-12-31"]
    return [GOOD[row["name"]]] if row["name"] in GOOD else ["anything"]


def bad_values(row):
    schema = row["schema"]
    if schema["type"] == "array":
        return ["", "x" * (schema["items"]["maxLength"] + 1)]
    always = ["%00", "%ff", "%zz", "%"]
    if row["name"] == "cursor":
        return always + ["c", "c-1", "c01", "12", "c99999999999999999999"]
    if schema["type"] == "integer":
        return always + [schema["minimum"] - 1, schema["maximum"] + 1, "", "x", "1e1", "0x1", "-0.5",
                         "9" * 5000]
    if "enum" in schema:
        return always + ["", "nonsense", "|".join(schema["enum"]), schema["enum"][0].upper()]
    if schema.get("format") == "date":
        return always + ["", "2026-02-30", "2026-1-1", "yesterday", "2026-11-23T00:00:00Z"]
    return always + ["x" * (schema["maxLength"] + 1), "x" * 20000] + (
        [""] if schema.get("minLength") else [])


def query_of(pairs):
    """Texts with % are taken as they are: they are wrong on purpose."""
    return "&".join(f"{name}={value}" if "%" in str(value) else
                    f"{name}={urllib.parse.quote(str(value), safe='')}" for name, value in pairs)
