//! What can go wrong with an answer.

/// What can go wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is held back, until released or for so long.
    Hold {
        /// The longest time.
        at_most_ms: u64,
    },
    /// The connection is torn down in place of an answer.
    Reset,
    /// Status 500.
    ServerError,
    /// Status 429 without a time to wait.
    Limited,
    /// Status 429 with so many seconds to wait.
    LimitedForSeconds(u32),
    /// Status 429 with a date until which to wait.
    LimitedUntil(&'static str),
    /// The vendor's own words for a limit, in an answer of status 200.
    LimitInBody,
    /// Status 401.
    Unauthorized,
    /// Status 403 with a page of HTML.
    Forbidden,
    /// The body breaks off before the length that was announced.
    Truncated,
    /// The body is half of what it should be, and announced like that.
    HalfBody,
    /// A page of HTML in place of data.
    Html,
    /// No body at all.
    EmptyBody,
    /// A redirect to another host.
    Redirect,
    /// A body that does not end before 64 MiB.
    HugeBody,
    /// The same, packed into a few bytes.
    HugeBodyPacked,
    /// The close of the row in the middle is `NaN`.
    NanPrice,
    /// The close of the row in the middle is `null`, or empty.
    NullPrice,
    /// The close of the row in the middle is beyond all numbers.
    InfinitePrice,
    /// The close of the row in the middle is zero.
    ZeroPrice,
    /// The close of the row in the middle is negative.
    NegativePrice,
    /// The low of the row in the middle is above its high.
    CrossedPrices,
    /// The symbol is known and there are no rows.
    NoRows,
    /// The answer is for another symbol.
    WrongSymbol,
    /// One bar for each quarter.
    QuarterlyBars,
    /// The crumb is the text of a limit.
    CrumbLimited,
    /// The crumb is not good any more.
    StaleCrumb,
}

impl Fault {
    /// Each fault once, for tables of all that can go wrong.
    pub const ALL: [Fault; 27] = [
        Fault::Hold { at_most_ms: 60_000 },
        Fault::Reset,
        Fault::ServerError,
        Fault::Limited,
        Fault::LimitedForSeconds(120),
        Fault::LimitedUntil("Fri, 01 Mar 2024 18:30:00 GMT"),
        Fault::LimitInBody,
        Fault::Unauthorized,
        Fault::Forbidden,
        Fault::Truncated,
        Fault::HalfBody,
        Fault::Html,
        Fault::EmptyBody,
        Fault::Redirect,
        Fault::HugeBody,
        Fault::HugeBodyPacked,
        Fault::NanPrice,
        Fault::NullPrice,
        Fault::InfinitePrice,
        Fault::ZeroPrice,
        Fault::NegativePrice,
        Fault::CrossedPrices,
        Fault::NoRows,
        Fault::WrongSymbol,
        Fault::QuarterlyBars,
        Fault::CrumbLimited,
        Fault::StaleCrumb,
    ];

    /// The price that a fault puts into the row in the middle, as text of JSON; absent when it leaves prices alone.
    pub fn bad_price(self) -> Option<&'static str> {
        match self {
            Fault::NanPrice => Some("NaN"),
            Fault::NullPrice => Some("null"),
            Fault::InfinitePrice => Some("1e999"),
            Fault::ZeroPrice => Some("0"),
            Fault::NegativePrice => Some("-12.5"),
            _ => None,
        }
    }
}
