"""The JSON Schema of the plan language, from the models that validate it."""

from __future__ import annotations

import json

from mutualaid.plans.document import Document


def schema_text() -> str:
    """Draft 2020-12, keys as a designer writes them, ending in a newline."""
    schema = Document.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Mutualaid plan document"}
    schema = {**head, **{key: value for key, value in schema.items() if key != "title"}}
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
