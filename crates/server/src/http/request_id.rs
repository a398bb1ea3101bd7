//! Every request has an id: its caller's, or one made here.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// The header that ids come and go in.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over, in bytes.
const ID_BYTES_MAX: usize = 64;

/// The id of a request, as its routes see it.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub String);

/// Takes the caller's id over when it is short and plain, else makes one, and puts it into the answer.
pub(crate) async fn assign(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = match given {
        Some(id) if is_plain(id) => id.to_owned(),
        _ => uuid::Uuid::new_v4().simple().to_string(),
    };
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let value = HeaderValue::try_from(id).expect("invariant: ids are plain text");
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_plain)
}
