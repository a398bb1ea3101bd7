//! Whether the document knows an answer: its fields, their types, and no field without a description.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The schema of what a path answers with.
pub fn answer_of<'a>(document: &'a Value, path: &str) -> &'a Value {
    &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
}

/// Refuses an answer with a field that the schema does not know, without one that it requires, or of another type.
pub fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolved(document, schema);
    if let Some(any) = schema.get("oneOf").and_then(Value::as_array) {
        let is_null = |schema: &&Value| schema["type"] == "null";
        let found = any.iter().find(|schema| is_null(schema) == value.is_null());
        return check(document, found.unwrap_or_else(|| panic!("{place} is {value}")), value, place);
    }
    match value {
        Value::Object(fields) => check_fields(document, schema, fields, place),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let of_place = schema["prefixItems"].get(at).unwrap_or(&schema["items"]);
                assert!(of_place.is_object(), "{place} is an array of nothing known: {schema}");
                check(document, of_place, item, &format!("{place}.{at}"));
            }
        }
        other => check_type(schema, other, place),
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => {
            let name = name.trim_start_matches("#/components/schemas/");
            &document["components"]["schemas"][name]
        }
        None => schema,
    }
}

/// The properties of a schema with those of everything it is made of, and the names of those that are required.
fn properties<'a>(document: &'a Value, schema: &'a Value) -> (BTreeMap<&'a str, &'a Value>, Vec<&'a str>) {
    let schema = resolved(document, schema);
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut found: BTreeMap<&str, &Value> = own.map(|(name, of)| (name.as_str(), of)).collect();
    let mut required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, names) = properties(document, part);
        found.extend(more);
        required.extend(names);
    }
    (found, required)
}

fn check_fields(document: &Value, schema: &Value, fields: &Map<String, Value>, place: &str) {
    let (known, required) = properties(document, schema);
    for name in required {
        assert!(fields.contains_key(name), "{place} has no {name}");
    }
    for (name, value) in fields {
        let of_name = known.get(name.as_str()).copied();
        let of_any = Some(&schema["additionalProperties"]).filter(|any| any.is_object());
        let Some(of_name) = of_name.or(of_any) else { panic!("{place}.{name} is not described: {schema}") };
        check(document, of_name, value, &format!("{place}.{name}"));
    }
}

fn check_type(schema: &Value, value: &Value, place: &str) {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{place} is of no type: {schema}"),
    };
    let is_one = types.iter().any(|of| match *of {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        _ => false,
    });
    assert!(is_one, "{place} is {value} and not {types:?}");
}
