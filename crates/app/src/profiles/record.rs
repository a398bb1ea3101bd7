//! Recording what was heard of symbols: everything of a batch in one transaction.

use market::{ProfileWalk, ProviderError, Source};
use model::{Fundamentals, Instrument, InstrumentKind, Profile, Symbol, Timestamp};
use store::change::Change;
use store::instruments::Learned;
use store::private_symbols::EVERYBODY;
use store::profiles::{self, ProfileFailure, StoredFundamentals, StoredProfile};
use store::{StoreError, Transaction};

use super::SCOPE_PROFILE;
use super::ask::{Asked, Heard};
use super::known::{self, KnownSymbol};
use crate::context::pause;
use crate::fetch::SCOPE_INSTRUMENT;
use crate::{AppError, Context};

/// The most characters that are kept of a text of a provider.
const TEXT_CHARS_MAX: usize = 200;
/// The most characters that are kept of what all providers said of one symbol.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// Records what was heard of symbols, and gives what is known then. A transaction that loses a race for a new symbol is
/// made again from what is stored then.
pub async fn record(ctx: &Context, mut heard: Vec<Heard>) -> Result<Vec<Asked>, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        if attempt > 0 {
            let symbols: Vec<Symbol> = heard.iter().map(|(known, _)| known.symbol.clone()).collect();
            let known = known::load(ctx, &symbols).await?;
            heard = known.into_iter().zip(heard).map(|(known, (_, walk))| (known, walk)).collect();
        }
        let now = ctx.clock.now();
        let changes: Vec<Changes> =
            heard.iter().map(|(known, walk)| Changes::of(ctx, known, walk, now)).collect();
        let tx = transaction(ctx, &changes, now);
        let recorded = if tx.is_empty() { Ok(()) } else { ctx.record(tx).await.map(|_| ()) };
        match recorded {
            Ok(()) => {
                let asked = changes.into_iter().zip(&heard);
                return Ok(asked.map(|(changes, (_, walk))| changes.into_asked(walk)).collect());
            }
            Err(AppError::Store(StoreError::Constraint { .. } | StoreError::Guard { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AppError::Conflict { what: "profiles".to_owned() })
}

/// Everything that what was heard of one symbol changes.
struct Changes {
    /// What is known afterwards.
    known: KnownSymbol,
    /// A new instrument.
    new: Option<Instrument>,
    learned: Option<Learned>,
    profile: Option<StoredProfile>,
    fundamentals: Option<StoredFundamentals>,
    failure: Option<ProfileFailure>,
    is_recovered: bool,
    /// Whether what is known is different, and not only asked again.
    is_new: bool,
    /// Whether books that hold the instrument may come out differently.
    touches_books: bool,
}

impl Changes {
    fn of(ctx: &Context, known: &KnownSymbol, walk: &ProfileWalk, now: Timestamp) -> Changes {
        let mut changes = Changes {
            known: known.clone(),
            new: None,
            learned: None,
            profile: None,
            fundamentals: None,
            failure: None,
            is_recovered: false,
            is_new: false,
            touches_books: false,
        };
        if let Some((source, answer)) = &walk.told {
            changes.note_profile(ctx, *source, &answer.profile, walk, now);
            if let Some(figures) = &answer.fundamentals {
                changes.note_fundamentals(*source, figures, now);
            }
        }
        changes.note_failure(walk, now);
        changes
    }

    fn note_profile(
        &mut self,
        ctx: &Context,
        source: Source,
        told: &Profile,
        walk: &ProfileWalk,
        now: Timestamp,
    ) {
        let is_local = ctx.chain.providers().iter().any(|p| p.source() == source && p.offers().is_local);
        let instrument = self.known.instrument.get_or_insert_with(|| {
            let new = crate::instruments::unknown(ctx, &self.known.symbol);
            self.new = Some(new.clone());
            new
        });
        let before = instrument.clone();
        learn(instrument, told, is_local);
        if let Some(new) = &mut self.new {
            *new = instrument.clone();
        } else if *instrument != before {
            self.learned = Some(Learned {
                instrument: instrument.id,
                kind: (instrument.kind != before.kind).then_some(instrument.kind),
                currency: instrument.currency.filter(|_| instrument.currency != before.currency),
                is_whole_unit: (instrument.is_whole_unit != before.is_whole_unit)
                    .then_some(instrument.is_whole_unit),
            });
            self.touches_books = Instrument { kind: before.kind, ..instrument.clone() } != before
                || instrument.kind.is_public() != before.kind.is_public();
        }
        // Asking the other providers, as far as that was due, brings the time forward; reading a file does not.
        let was_paid = walk.provider_calls > 0;
        let old = self.known.profile.take();
        let nothing = Profile::default();
        let profile = plain(told).filled_by(old.as_ref().map_or(&nothing, |old| &old.profile));
        let stored = StoredProfile {
            instrument: instrument.id,
            profile,
            source: match &old {
                Some(old) if !told.tells_bucket() && old.profile.tells_bucket() => old.source,
                _ => source.code(),
            },
            fetched_at: old.as_ref().filter(|_| !was_paid).map_or(now, |old| old.fetched_at),
        };
        self.is_new = old.as_ref().map(|old| &old.profile) != Some(&stored.profile) || self.learned.is_some();
        if old.as_ref() != Some(&stored) {
            self.profile = Some(stored.clone());
        }
        self.known.profile = Some(stored);
    }

    /// Keeps figures of a company that differ from the newest ones known.
    fn note_fundamentals(&mut self, source: Source, told: &Fundamentals, now: Timestamp) {
        let Some(instrument) = &self.known.instrument else { return };
        let figures = finite(told);
        let is_known = self.known.fundamentals.as_ref().is_some_and(|known| known.figures == figures);
        if instrument.kind != InstrumentKind::Stock || is_known || figures == Fundamentals::default() {
            return;
        }
        let source = source.code();
        let stored = StoredFundamentals { instrument: instrument.id, known_at: now, source, figures };
        self.fundamentals = Some(stored.clone());
        self.known.fundamentals = Some(stored);
        self.is_new = true;
    }

    fn note_failure(&mut self, walk: &ProfileWalk, now: Timestamp) {
        let old = self.known.failure.take();
        if let Some(retry_at) = walk.retry_at(now) {
            let failure = ProfileFailure {
                symbol: self.known.symbol.clone(),
                code: walk.code().to_owned(),
                message: shortened(&walk.describe(), MESSAGE_CHARS_MAX),
                failed_at: now,
                retry_at,
            };
            self.failure = Some(failure.clone());
            self.known.failure = Some(failure);
        } else if walk.provider_calls > 0 || walk.is_settled() {
            self.is_recovered = old.is_some();
        } else {
            self.known.failure = old;
        }
        if walk.told.is_none() {
            self.known.said = Some((walk.code(), walk.describe()));
        }
    }

    fn into_asked(self, walk: &ProfileWalk) -> Asked {
        let malformed = walk.refusals.iter().find_map(|refusal| match &refusal.error {
            ProviderError::Malformed { what } if refusal.is_local => Some(what.clone()),
            _ => None,
        });
        Asked {
            known: self.known,
            provider_calls: u64::from(walk.provider_calls),
            is_new: self.is_new,
            is_pending: false,
            complaint: malformed,
        }
    }
}

/// Learns what an instrument is. A local source is the word of whoever runs this, and goes before what is known. What
/// other providers say fills what is open: the currency while none is known, and the kind while it is `stock`, which is
/// what everything is called whose nature nobody has told. Nobody makes an option, whose terms are its symbol's, and
/// only a local source makes a holding private, after which no provider is asked about it any more.
fn learn(instrument: &mut Instrument, told: &Profile, is_local: bool) {
    if let Some(kind) = told.kind {
        let may_be = match kind {
            InstrumentKind::Option => false,
            InstrumentKind::Private => is_local,
            _ => true,
        };
        let is_open = instrument.kind == InstrumentKind::Stock || (is_local && instrument.kind.is_public());
        if may_be && is_open {
            instrument.kind = kind;
        }
    }
    if is_local || instrument.currency.is_none() {
        instrument.currency = told.currency.or(instrument.currency);
    }
    instrument.is_whole_unit = told.is_whole_unit.unwrap_or(instrument.is_whole_unit);
}

/// A profile whose texts can be stored and shown: without control characters, and not longer than anybody reads.
fn plain(profile: &Profile) -> Profile {
    let text = |text: &Option<String>| {
        let plain: String =
            text.as_deref()?.chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect();
        Some(plain.trim().to_owned()).filter(|plain| !plain.is_empty())
    };
    Profile {
        name: text(&profile.name),
        industry: text(&profile.industry),
        exchange: text(&profile.exchange),
        ..profile.clone()
    }
}

fn shortened(text: &str, chars_max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(chars_max).collect()
}

/// Figures without those that are no numbers.
fn finite(told: &Fundamentals) -> Fundamentals {
    let figure = |value: Option<f64>| value.filter(|value| value.is_finite());
    Fundamentals {
        last_earnings: told.last_earnings,
        next_earnings: told.next_earnings,
        eps_trailing: figure(told.eps_trailing),
        revenue: figure(told.revenue),
        gross_margin: figure(told.gross_margin),
        operating_margin: figure(told.operating_margin),
        profit_margin: figure(told.profit_margin),
        provider_beta: figure(told.provider_beta),
        market_cap: figure(told.market_cap),
    }
}

fn transaction(ctx: &Context, changes: &[Changes], now: Timestamp) -> Transaction {
    let mut tx = Transaction::new();
    let new: Vec<Instrument> = changes.iter().filter_map(|changes| changes.new.clone()).collect();
    let learned: Vec<Learned> = changes.iter().filter_map(|changes| changes.learned).collect();
    let told: Vec<StoredProfile> = changes.iter().filter_map(|changes| changes.profile.clone()).collect();
    let figures: Vec<StoredFundamentals> =
        changes.iter().filter_map(|changes| changes.fundamentals.clone()).collect();
    let failures: Vec<ProfileFailure> =
        changes.iter().filter_map(|changes| changes.failure.clone()).collect();
    let recovered = changes.iter().filter(|changes| changes.is_recovered);
    let recovered: Vec<Symbol> = recovered.map(|changes| changes.known.symbol.clone()).collect();
    if !new.is_empty() {
        store::instruments::insert(&mut tx, EVERYBODY, &new, now);
    }
    if !learned.is_empty() {
        store::instruments::learn(&mut tx, &learned);
    }
    if !told.is_empty() {
        profiles::upsert(&mut tx, &told);
    }
    if !figures.is_empty() {
        profiles::insert_fundamentals(&mut tx, &figures);
    }
    if !failures.is_empty() {
        profiles::failed(&mut tx, &failures, now);
    }
    if !recovered.is_empty() {
        profiles::recovered(&mut tx, &recovered);
    }
    let noted: Vec<Change> = changes.iter().flat_map(|changes| changes.noted(ctx, now)).collect();
    if !noted.is_empty() {
        store::change::append(&mut tx, &noted);
    }
    tx
}

impl Changes {
    /// What the sequence of changes is told: that the profile is another from today on, and that books are to be
    /// computed again when they may depend on what was learned.
    fn noted(&self, ctx: &Context, now: Timestamp) -> Vec<Change> {
        let Some(instrument) = self.known.instrument.as_ref().filter(|_| self.is_new) else {
            return Vec::new();
        };
        let change = |scope: &str, first_session| Change {
            seq: 0,
            scope: scope.to_owned(),
            scope_id: instrument.id.0,
            first_session: i64::from(first_session),
        };
        let mut noted = vec![change(SCOPE_PROFILE, now.utc_date().epoch_days())];
        if self.touches_books {
            noted.push(change(SCOPE_INSTRUMENT, ctx.calendar.first().epoch_days()));
        }
        noted
    }
}
