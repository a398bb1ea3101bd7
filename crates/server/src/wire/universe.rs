//! The symbols whose prices are kept up to date.

use app::KnownInstrument;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{DateText, SymbolText, TimestampText};
use super::{Absent, Text};

/// A symbol of the universe.
#[derive(Serialize, ToSchema)]
pub struct Member {
    symbol: SymbolText,
    name: Option<String>,
    /// `stock`, `etf` and the like.
    kind: &'static str,
    /// `active`, or `inactive` when the providers do not know it any more.
    state: &'static str,
    entered_at: Option<TimestampText>,
    /// The final bars that are held.
    bars: i64,
    first: Option<DateText>,
    last: Option<DateText>,
    /// Whether risk figures were absent when it entered.
    partial: bool,
    absent: Absent,
}

impl Member {
    /// Of what the use case tells.
    pub fn of(known: &KnownInstrument) -> Member {
        let (member, held) = (known.member.as_ref(), known.held.as_ref());
        let mut absent = Absent::default();
        for (figure, reason) in member.into_iter().flat_map(|member| &member.absent) {
            absent.note(figure.clone(), reason.clone());
        }
        Member {
            symbol: Text(known.symbol.clone()),
            name: known.profile.as_ref().and_then(|(profile, _)| profile.name.clone()),
            kind: known.kind.as_str(),
            state: if member.is_some_and(|member| member.is_active) { "active" } else { "inactive" },
            entered_at: member.map(|member| Text(member.entered_at)),
            bars: held.map_or(0, |held| held.session_count),
            first: held.map(|held| Text(held.first)),
            last: held.map(|held| Text(held.last)),
            partial: member.is_some_and(|member| !member.absent.is_empty()),
            absent,
        }
    }
}
