"""Additions to the document that only the tests need."""

import schemathesis


@schemathesis.hook
def before_load_schema(context, schema):
    # 304 is described in words only, because generated clients would return a union for it.
    for path in schema["paths"].values():
        for operation in path.values():
            if any(parameter["name"] == "If-None-Match" for parameter in operation.get("parameters", [])):
                operation["responses"]["304"] = {"description": "The page is unchanged."}
