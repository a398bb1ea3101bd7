//! Answers whose figures go by name: what `--json` prints, described for the document.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::queued::QueuedJob;
use super::words::{DateText, SymbolText};
use super::{Absent, Text};

/// How a portfolio or a symbol did.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Performance(Value);

/// An indicator, session by session.
#[derive(Serialize)]
#[serde(transparent)]
pub struct IndicatorSession(Value);

/// Where prices came from that a figure was computed on.
#[derive(Serialize, ToSchema)]
pub struct PriceOrigin {
    /// What they are adjusted for.
    adjust: &'static str,
    /// The date as of which they are adjusted.
    as_of: DateText,
    /// Who told the newest; null when nobody did.
    source: Option<&'static str>,
    /// Whether they were in the cache already.
    cached: bool,
    /// Why the cache did or did not serve.
    reason: &'static str,
}

/// What figures are measured against.
#[derive(Serialize, ToSchema)]
pub struct Benchmark {
    symbol: SymbolText,
    /// Sessions that both have a return of.
    n: usize,
    /// Null when there are none.
    prices: Option<PriceOrigin>,
    /// Why there are none.
    error: Option<PricesError>,
}

/// Why there are no prices.
#[derive(Serialize, ToSchema)]
pub struct PricesError {
    code: &'static str,
    message: String,
    #[serde(rename = "where")]
    place: Option<String>,
}

impl PriceOrigin {
    /// Of what the use case tells.
    pub fn of(prices: &app::PriceOrigin) -> PriceOrigin {
        PriceOrigin {
            adjust: quant::Adjustment::TotalReturn.as_str(),
            as_of: Text(prices.as_of),
            source: prices.source.map(|source| source.as_str()),
            cached: prices.is_cached,
            reason: prices.reason.code(),
        }
    }
}

impl Benchmark {
    /// Of what the use case tells.
    pub fn of(answer: &app::PerformanceAnswer) -> Benchmark {
        let app::Benchmark { symbol, prices, failure, .. } = &answer.benchmark;
        let error = failure.as_ref().map(|failure| PricesError {
            code: failure.code(),
            message: failure.describe(),
            place: failure.place(),
        });
        Benchmark {
            symbol: Text(symbol.clone()),
            n: answer.performance.against_benchmark.n,
            prices: prices.as_ref().map(PriceOrigin::of),
            error,
        }
    }
}

impl Performance {
    /// What the command line prints.
    pub fn of(subject: &crate::render::performance::Subject, answer: &app::PerformanceAnswer) -> Performance {
        Performance(crate::render::performance::json(subject, answer))
    }

    /// The same with the job that fetches what is missing of the benchmark, or why there is none.
    pub fn with_queued(self, queued: Result<QueuedJob, &'static str>) -> Performance {
        let Performance(mut figures) = self;
        match queued {
            Ok(job) => figures["queued"] = json!(job),
            Err(reason) => {
                figures["queued"] = Value::Null;
                figures["absent"]["queued"] = json!(reason);
            }
        }
        Performance(figures)
    }
}

impl IndicatorSession {
    /// What the command line prints.
    pub fn all(answer: &app::IndicatorAnswer) -> Vec<IndicatorSession> {
        match crate::render::indicator::json(answer) {
            Value::Array(rows) => rows.into_iter().map(IndicatorSession).collect(),
            _ => Vec::new(),
        }
    }
}

/// A value of a type, or null.
fn or_null(of: Type) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([of, Type::Null])).build()
}

fn object(properties: impl IntoIterator<Item = (&'static str, Object)>) -> ObjectBuilder {
    let mut object = ObjectBuilder::new();
    for (name, property) in properties {
        object = object.property(name, property).required(name);
    }
    object
}

/// The job that fetches what is missing; null when nothing is, or when there is no place for it.
fn queued() -> RefOr<Schema> {
    let nothing = ObjectBuilder::new().schema_type(Type::Null).build();
    OneOfBuilder::new().item(nothing).item(Ref::from_schema_name("QueuedJob")).into()
}

fn absent() -> RefOr<Schema> {
    Ref::from_schema_name("Absent").into()
}

fn add_absent(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push(("Absent".to_owned(), Absent::schema()));
}

impl PartialSchema for Performance {
    fn schema() -> RefOr<Schema> {
        let nothing = quant::performance(&quant::ReturnSeries::default(), None);
        let figures = nothing.figures().map(|(name, _)| (name, or_null(Type::Number)));
        let dates =
            ["first", "last", "mdd_peak", "mdd_trough", "mdd_recovery", "best_session", "worst_session"];
        let dates = dates.map(|name| (name, or_null(Type::String)));
        let counts = ["n", "left_out", "up_days"].map(|name| (name, Object::with_type(Type::Integer)));
        object(figures.into_iter().chain(dates).chain(counts))
            .description(Some("Figures of daily returns, alone and against a benchmark"))
            .property("portfolio", Object::with_type(Type::String))
            .property("symbol", Object::with_type(Type::String))
            .property("provisional", Object::with_type(Type::Integer))
            .property("xirr", or_null(Type::Number))
            .property("prices", Ref::from_schema_name("PriceOrigin"))
            .property("benchmark", Ref::from_schema_name("Benchmark"))
            .required("benchmark")
            .property("queued", queued())
            .required("queued")
            .property("absent", absent())
            .required("absent")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Performance {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Performance")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        add_absent(schemas);
        schemas.push(("QueuedJob".to_owned(), QueuedJob::schema()));
        schemas.push(("Benchmark".to_owned(), Benchmark::schema()));
        Benchmark::schemas(schemas);
    }
}

impl PartialSchema for IndicatorSession {
    fn schema() -> RefOr<Schema> {
        let line = RefOr::T(Schema::Object(or_null(Type::Number)));
        object([("session", Object::with_type(Type::String)), ("final", Object::with_type(Type::Boolean))])
            .description(Some("The lines of an indicator on a session, each by its name"))
            .property("absent", absent())
            .required("absent")
            .additional_properties(Some(AdditionalProperties::RefOr(line)))
            .into()
    }
}

impl ToSchema for IndicatorSession {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("IndicatorSession")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        add_absent(schemas);
    }
}
