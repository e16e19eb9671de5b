"""As much of JSON Schema as docs/openapi.yaml uses. A member that is not described is an error: the file is to be complete."""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name: str) -> bool:
    if name in ("integer", "number"):
        return not isinstance(value, bool) and isinstance(value, (int, float) if name == "number" else int)
    return isinstance(value, TYPES[name])


class Schemas:
    def __init__(self, document: dict) -> None:
        self.document = document

    def resolve(self, node: dict) -> dict:
        while "$ref" in node:
            found = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = {**found, **{k: v for k, v in node.items() if k != "$ref"}}
        return node

    def members(self, schema: dict) -> set[str]:
        """All members that the schema describes, those of allOf included."""
        schema = self.resolve(schema)
        return set(schema.get("properties", {})).union(*(self.members(s) for s in schema.get("allOf", [])))

    def errors(self, value, schema: dict, where: str = "$", closed: bool = True) -> list[str]:
        schema = self.resolve(schema)
        out = []
        for part in schema.get("allOf", []):
            out += self.errors(value, part, where, closed=False)
        if "anyOf" in schema and all(self.errors(value, s, where) for s in schema["anyOf"]):
            out.append(f"{where}: {value!r} fits nothing of anyOf")
        kinds = schema.get("type", [])
        if kinds and not any(is_type(value, k) for k in ([kinds] if isinstance(kinds, str) else kinds)):
            return [*out, f"{where}: {value!r} is no {kinds}"]
        if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
            out.append(f"{where}: {value!r} is not allowed")
        if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            out.append(f"{where}: {value!r} is out of range")
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            out.append(f"{where}: {value!r} does not match")
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                out += self.errors(item, schema["items"], f"{where}[{i}]")
        if isinstance(value, dict):
            out += self.object_errors(value, schema, where, closed)
        return out

    def object_errors(self, value: dict, schema: dict, where: str, closed: bool) -> list[str]:
        out = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
        known = self.members(schema)
        for name, member in value.items():
            if name in schema.get("properties", {}):
                out += self.errors(member, schema["properties"][name], f"{where}.{name}")
            elif "additionalProperties" in schema:
                out += self.errors(member, schema["additionalProperties"], f"{where}.{name}")
            elif closed and known and name not in known:
                out.append(f"{where}.{name} is not described")
        return out
