#!/usr/bin/env python3
"""Validates every tests/golden/*/report.json against docs/contract/analysis.schema.json.

Also checks what a schema cannot say (the parts add up to the peak, ids are unique, no NaN), and that the
validation fails on documents that were broken on purpose: a validator that accepts everything proves nothing.
"""
import copy
import json
import math
import pathlib
import re
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: skipped")
    sys.exit(77)

# Draft 2020-12 came with jsonschema 4.0; Ubuntu 22.04 has 3.2. The schema uses nothing that the two read
# differently.
VALIDATOR = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def problems_of(document, schema, finding_ids):
    found = [error.message for error in VALIDATOR(schema).iter_errors(document)]
    if found:
        return found
    pool = document["summary"]["limiting_pool"]
    if document["breakdown"]:
        total = math.fsum(part["gb"] for part in document["breakdown"])
        if total != pool["peak_gb"]:
            found.append(f"the breakdown adds up to {total}, the peak is {pool['peak_gb']}")
    if pool and pool["peak_gb"] > pool["limit_gb"]:
        found.append("the peak is over the limit")
    ids = [finding["id"] for finding in document["findings"]]
    found += [f"finding {one} is not in findings.md" for one in ids if one not in finding_ids]
    if document["summary"]["primary_cause"] != (ids[0] if ids else None):
        found.append("the primary cause is not the first finding")
    names = [one["id"] for one in document["recommendations"]]
    if len(set(names)) != len(names):
        found.append("recommendation ids are not unique")
    if [one["priority"] for one in document["recommendations"]] != list(range(1, len(names) + 1)):
        found.append("priorities do not count from 1")
    times = [point["timestamp"] for point in document["metrics_timeline"]]
    if times != sorted(times):
        found.append("the timeline is not in order")
    return found


def mutations(document):
    """Broken copies, each with what is wrong about it."""
    def broken(what, change):
        copied = copy.deepcopy(document)
        change(copied)
        return what, copied

    yield broken("job missing", lambda d: d.pop("job"))
    yield broken("exit kind unknown to the contract", lambda d: d["job"]["exit"].update(kind="crashed"))
    yield broken("run 0", lambda d: d["job"].update(run=0))
    yield broken("steps as text", lambda d: d["summary"].update(steps_completed="12"))
    yield broken("health unknown", lambda d: d["summary"].update(health_score="fine"))
    yield broken("duration null", lambda d: d["summary"].update(duration_minutes=None))
    yield broken("confidence over 1", lambda d: d["findings"].append(
        {"id": "unknown", "severity": "info", "title": "", "explanation": "", "confidence": 2, "evidence": []}))
    yield broken("a finding of no name", lambda d: d["findings"].append(
        {"id": "gremlins", "severity": "info", "title": "", "explanation": "", "confidence": 1, "evidence": []}))
    yield broken("recommendation without config_path", lambda d: d["recommendations"].append(
        {"id": "x", "severity": "info", "priority": 99, "title": "", "action": "", "impact": "",
         "current_value": 1, "recommended_value": 0}))
    yield broken("timeline without used_memory_gb", lambda d: d["metrics_timeline"].append({"timestamp": 1e12}))
    if document["breakdown"]:
        yield broken("parts that do not add up", lambda d: d["breakdown"][0].update(gb=d["breakdown"][0]["gb"] + 1))


def main():
    schema_file, golden = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    schema = json.loads(schema_file.read_text())
    if VALIDATOR is not jsonschema.Draft7Validator:
        VALIDATOR.check_schema(schema)
    findings_text = (schema_file.parent / "findings.md").read_text()
    finding_ids = set()
    for row in re.findall(r"^\| ([a-z_, ]+) \([METH]\)|^\| (unknown) ", findings_text, re.M):
        finding_ids.update(one.strip() for one in (row[0] or row[1]).split(","))
    reports = sorted(golden.glob("*/report.json"))
    if len(reports) < 8 or len(finding_ids) < 30:
        print(f"only {len(reports)} reports and {len(finding_ids)} names of findings: something is missing")
        return 1

    bad = checked = 0
    for file in reports:
        document = json.loads(file.read_text(), parse_constant=refuse_constant)
        for problem in problems_of(document, schema, finding_ids):
            print(f"{file}: {problem}")
            bad += 1
        for what, broken in mutations(document):
            checked += 1
            if not problems_of(broken, schema, finding_ids):
                print(f"{file}: a document with '{what}' was accepted")
                bad += 1
    print(f"{len(reports)} reports, {checked} broken documents, {bad} problems ({VALIDATOR.__name__})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
