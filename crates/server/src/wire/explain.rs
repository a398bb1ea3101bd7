//! One session of a portfolio, term by term.

use ledger::AppliedEvent;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::position::Position;
use super::snapshot::Figures;
use super::words::{DateText, EventIdText, MoneyText, QuantityText};
use crate::render::explain::applied_text;

/// One session of a portfolio, computed now.
#[derive(Serialize, ToSchema)]
pub struct Explained {
    portfolio: String,
    session: DateText,
    opening_equity: MoneyText,
    closing_equity: MoneyText,
    /// Interest on cash, part of income.
    interest: MoneyText,
    /// What was booked, in its order.
    applied: Vec<Applied>,
    positions: Vec<PositionTerms>,
    snapshot: Figures,
    /// Whether this is what is stored; null when nothing is.
    equals_stored: Option<bool>,
}

/// Something that was booked on the session.
#[derive(Serialize, ToSchema)]
pub struct Applied {
    /// In words.
    text: String,
    /// The event, when it is one of the books.
    event: Option<EventIdText>,
}

/// The terms of one position.
#[derive(Serialize, ToSchema)]
pub struct PositionTerms {
    #[serde(flatten)]
    position: Position,
    /// Where the price came from: a provider, `user` or `model`.
    source: Option<&'static str>,
    opening_quantity: QuantityText,
    opening_value: MoneyText,
    unrealized_change: MoneyText,
    realized: MoneyText,
    income: MoneyText,
}

impl Explained {
    /// Of what the use case tells.
    pub fn of(explained: &app::Explained) -> Explained {
        let explanation = &explained.explanation;
        let applied = explanation.applied.iter().map(|applied| Applied {
            text: applied_text(explained, applied),
            event: match applied {
                AppliedEvent::Event(event) => Some(Text(event.id)),
                _ => None,
            },
        });
        let positions = explanation.positions.iter().map(|terms| PositionTerms {
            position: Position::of(&terms.position),
            source: explained.price_source(&terms.position),
            opening_quantity: Text(terms.opening_quantity),
            opening_value: Text(terms.opening_value),
            unrealized_change: Text(terms.unrealized_change),
            realized: Text(terms.realized),
            income: Text(terms.income),
        });
        Explained {
            portfolio: explained.portfolio.name.clone(),
            session: Text(explanation.snapshot.session),
            opening_equity: Text(explanation.opening_equity),
            closing_equity: Text(explanation.snapshot.equity),
            interest: Text(explanation.interest),
            applied: applied.collect(),
            positions: positions.collect(),
            snapshot: Figures::of(&explanation.snapshot),
            equals_stored: explained.stored.as_ref().map(|_| explained.equals_stored()),
        }
    }
}
