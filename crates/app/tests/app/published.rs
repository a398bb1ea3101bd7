//! What is published of a portfolio, in a form that two databases can be compared by.

use app::{Context, NewEvent, RefreshRequest};
use model::{Date, InstrumentId, PortfolioId, Position, Snapshot};

use crate::bed::Bed;
use crate::books;

/// Snapshots and positions without identities and times of computation.
#[derive(Debug, PartialEq)]
pub struct Published {
    pub snapshots: Vec<Snapshot>,
    pub positions: Option<(Date, Vec<Position>)>,
}

impl Published {
    pub async fn of(ctx: &Context, name: &str) -> Published {
        let stored = app::snapshots(ctx, name, None, None).await.unwrap();
        let snapshots =
            stored.into_iter().map(|stored| Snapshot { portfolio: PortfolioId(0), ..stored.snapshot });
        let positions = app::positions(ctx, name, None).await.unwrap().map(|found| {
            let positions = found.positions.into_iter();
            let positions = positions.map(|position| Position { instrument: InstrumentId(0), ..position });
            (found.session, positions.collect())
        });
        Published { snapshots: snapshots.collect(), positions }
    }

    /// What events and the prices of now give in a fresh database, computed in one go.
    pub async fn in_one_go(bed: &Bed, events: &[NewEvent], to: Option<Date>) -> Published {
        let fresh = bed.fresh().await;
        let ctx = fresh.ctx();
        books::create(&ctx, "Fresh", events).await;
        books::refresh_with(&ctx, &RefreshRequest { to, ..RefreshRequest::default() }).await;
        Published::of(&ctx, "Fresh").await
    }

    /// Holds what is published against what should be, and shows the first session that differs.
    #[track_caller]
    pub fn check(&self, expected: &Published, when: &str) {
        let sessions = |published: &Published| -> Vec<Date> {
            published.snapshots.iter().map(|snapshot| snapshot.session).collect()
        };
        assert_eq!(sessions(self), sessions(expected), "{when}");
        for (found, expected) in self.snapshots.iter().zip(&expected.snapshots) {
            assert_eq!(found, expected, "{when}");
        }
        assert_eq!(self.positions, expected.positions, "{when}");
    }
}

/// Holds what is published of a portfolio against what its events give in a fresh database.
pub async fn check_fresh(bed: &Bed, name: &str, events: &[NewEvent], when: &str) {
    let expected = Published::in_one_go(bed, events, None).await;
    Published::of(&bed.ctx(), name).await.check(&expected, when);
}
