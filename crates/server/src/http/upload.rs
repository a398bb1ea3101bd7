//! Forms with a file, read whole into memory within the limit of their route.

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Api, Body, Problem, nul};

/// Fields of a form at the most.
const FIELDS_MAX: usize = 32;

/// The field that holds the file.
const FILE: &str = "file";

/// A file that came with a form.
pub(crate) struct SentFile {
    /// Its name, without folders.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// What a route that takes a file was sent: the same fields as a JSON object, or as a form with a file beside them.
pub(crate) struct Upload<T> {
    /// The fields.
    pub fields: T,
    /// The file, if there is one.
    pub file: Option<SentFile>,
}

impl<T: DeserializeOwned + Send> FromRequest<Api> for Upload<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Upload<T>, Problem> {
        if !is_form(request.headers()) {
            let Body(fields) = Body::from_request(request, api).await?;
            return Ok(Upload { fields, file: None });
        }
        let mut form = Multipart::from_request(request, api).await?;
        let (mut fields, mut file) = (Map::new(), None);
        for _ in 0..=FIELDS_MAX {
            let Some(field) = form.next_field().await? else { return finish(fields, file) };
            let name = field.name().unwrap_or_default().to_owned();
            let is_known = fields.contains_key(&name) || (name == FILE && file.is_some());
            if is_known {
                return Err(Problem::invalid(name, "the field is given twice"));
            }
            if name == FILE {
                file = Some(sent_file(field).await?);
            } else {
                fields.insert(name, value(&field.text().await?));
            }
        }
        Err(Problem::invalid("body", format!("a form has at most {FIELDS_MAX} fields")))
    }
}

fn finish<T: DeserializeOwned>(
    fields: Map<String, Value>,
    file: Option<SentFile>,
) -> Result<Upload<T>, Problem> {
    let fields = Value::Object(fields);
    let has_nul = file.as_ref().is_some_and(|sent| sent.name.contains('\0'));
    if has_nul || nul::is_in(&fields) {
        return Err(Problem::nul("body"));
    }
    let fields = serde_json::from_value(fields).map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_body", error.to_string()).at("body")
    })?;
    Ok(Upload { fields, file })
}

/// Whether a body is a form by its content type.
fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Fields of forms are texts; switches are told by theirs.
fn value(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "" => Value::Null,
        _ => Value::String(text.to_owned()),
    }
}

async fn sent_file(field: Field<'_>) -> Result<SentFile, Problem> {
    let given = field.file_name().unwrap_or(FILE);
    let name = given.rsplit(['/', '\\']).next().unwrap_or(FILE).to_owned();
    let content = field.bytes().await?.to_vec();
    Ok(SentFile { name, content })
}
