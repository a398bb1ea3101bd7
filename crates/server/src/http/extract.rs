//! Parts of a request, with problems where they make no sense.

use app::Context;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::{Api, Caller, Problem, nul};

/// The context of the use cases, acting for the caller. It reads market data from the cache alone: nobody waits for a
/// provider.
pub(crate) struct Acting(pub Context);

impl FromRequestParts<Api> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Acting, Problem> {
        let caller = parts.extensions.get::<Caller>().ok_or_else(Problem::login_required)?;
        Ok(Acting(api.context().reading(&caller.owner)))
    }
}

/// Who is calling.
pub(crate) struct Calling(pub Caller);

impl FromRequestParts<Api> for Calling {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Calling, Problem> {
        parts.extensions.get::<Caller>().cloned().map(Calling).ok_or_else(Problem::login_required)
    }
}

/// A JSON body.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Body<T>, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), api).await?;
        if nul::is_in_json(&bytes) {
            return Err(Problem::nul("body"));
        }
        let Json(body) = Json::from_request(Request::from_parts(parts, bytes.into()), api).await?;
        Ok(Body(body))
    }
}

/// Parameters of the path.
pub(crate) struct InPath<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<InPath<T>, Problem> {
        let Path(found) = Path::from_request_parts(parts, api).await?;
        Ok(InPath(found))
    }
}

/// Parameters of the query.
pub(crate) struct InQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for InQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<InQuery<T>, Problem> {
        let Query(found) = Query::from_request_parts(parts, api).await?;
        Ok(InQuery(found))
    }
}
