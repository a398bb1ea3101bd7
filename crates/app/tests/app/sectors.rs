//! Sectors of positions and exposures by sector, as a refresh brings them about.

use app::{Context, PhaseReport, PhaseState, RefreshReport, RefreshRequest};
use market::{Chain, Files, ProviderError, Source};
use model::{Money, SectorExposure};

use crate::bed::Bed;
use crate::books::{self, event, refresh, refresh_with, usual_prices, usual_sessions, warned};
use crate::teller::Teller;
use std::sync::Arc;

/// A book of AAA, BBB short, a fund and a private holding, with prices and profiles in the folder.
async fn book(bed: &Bed) -> Context {
    usual_prices(bed);
    bed.folder.make_up("FUND", usual_sessions());
    bed.folder.write("profiles.csv", "symbol,type,sector,industry\nAAA,stock,Energy,Oil\nFUND,etf,,\n");
    let ctx = bed.ctx();
    let sessions = usual_sessions();
    let mut events = vec![
        event(sessions[0], "buy 10.5 AAA 47.1"),
        event(sessions[1], "sell 20 BBB 51"),
        event(sessions[2], "buy 3 FUND 50"),
        event(sessions[2], "buy 1 CASH_USD 100"),
    ];
    events.push(event(sessions[5], "buy 1 AAA 50"));
    books::create(&ctx, "Book", &events).await;
    ctx
}

fn phase(report: &RefreshReport, number: usize) -> &PhaseReport {
    &report.phases[number - 1]
}

async fn shown(ctx: &Context) -> Option<Vec<SectorExposure>> {
    app::show_portfolio(ctx, "Book").await.unwrap().sectors
}

fn buckets(exposures: &[SectorExposure]) -> Vec<&str> {
    exposures.iter().map(|exposure| exposure.bucket.as_str()).collect()
}

pub async fn a_refresh_adds_up_what_is_held_of_each_sector(bed: Bed) {
    let ctx = book(&bed).await;
    let report = refresh(&ctx, "Book").await;
    let (fundamentals, sectors) = (phase(&report, 2), phase(&report, 5));
    let figures = |p: &PhaseReport| (p.state, p.items_done, p.items_skipped, p.provider_calls);
    assert_eq!(figures(fundamentals), (PhaseState::Ok, 1, 3, 0), "{fundamentals:?}");
    assert_eq!(figures(sectors), (PhaseState::Ok, 3, 1, 0), "{sectors:?}");
    assert!(fundamentals.statements > 0 && sectors.statements > 0);
    assert_eq!(sectors.warnings[0].message, "the sector of 1 of 2 held companies is unknown: BBB");
    let summary = app::show_portfolio(&ctx, "Book").await.unwrap();
    let (exposures, latest) = (summary.sectors.unwrap(), summary.latest.unwrap().snapshot);
    assert_eq!(buckets(&exposures), ["Energy", "fund", "private", "unknown"]);
    let sum = |value: fn(&SectorExposure) -> Money| {
        exposures.iter().fold(Money::ZERO, |sum, exposure| sum.plus(value(exposure)).unwrap())
    };
    assert_eq!((sum(|e| e.long_value), sum(|e| e.short_value)), (latest.long_value, latest.short_value));
    let counts: u32 = exposures.iter().map(|exposure| exposure.long_count + exposure.short_count).sum();
    assert_eq!(counts, latest.position_count);

    let found = app::positions(&ctx, "Book", None).await.unwrap().unwrap();
    let places = found.sectors.unwrap();
    let told: Vec<String> = found
        .positions
        .iter()
        .map(|position| {
            let place = &places[&position.symbol];
            format!("{} {} {}", position.symbol, place.bucket, place.industry.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(told, ["AAA Energy Oil", "BBB unknown -", "CASH_USD private -", "FUND fund -"]);
    let past = app::positions(&ctx, "Book", Some(usual_sessions()[8])).await.unwrap().unwrap();
    assert_eq!(past.sectors, None, "nothing of today is stamped on the past");
}

pub async fn what_is_held_of_each_sector_follows_the_positions(bed: Bed) {
    let ctx = book(&bed).await;
    refresh(&ctx, "Book").await;
    let before = shown(&ctx).await.unwrap();
    let idle = refresh(&ctx, "Book").await;
    let reads = phase(&idle, 5).statements;
    assert_eq!(shown(&ctx).await.as_ref(), Some(&before));
    bed.folder
        .write("profiles.csv", "symbol,type,sector\nAAA,stock,Energy\nFUND,etf,\nBBB,stock,Utilities\n");
    let report = refresh(&ctx, "Book").await;
    assert_eq!(books::written(&report, "Book"), 0, "a sector changes no snapshot");
    assert!(!warned(&report, "unknown_sectors") && phase(&report, 5).statements > reads);
    assert_eq!(buckets(&shown(&ctx).await.unwrap()), ["Energy", "Utilities", "fund", "private"]);

    app::reset(&ctx, usual_sessions()[6], Some("Book")).await.unwrap();
    assert_eq!(shown(&ctx).await, None, "they go with the positions");
    refresh(&ctx, "Book").await;
    assert_eq!(shown(&ctx).await.unwrap().len(), 4);
    let last = usual_sessions()[11];
    books::add(&ctx, "Book", &event(last, "sell 22 AAA 30")).await;
    refresh_with(&ctx, &RefreshRequest { to: Some(last), ..RefreshRequest::default() }).await;
    assert_eq!(buckets(&shown(&ctx).await.unwrap()), ["Utilities", "fund", "private"]);
    app::delete_portfolio(&ctx, "Book").await.unwrap();
    assert!(app::show_portfolio(&ctx, "Book").await.is_err());
}

pub async fn the_past_and_a_dry_run_leave_profiles_and_sectors_alone(bed: Bed) {
    let ctx = book(&bed).await;
    let teller = Teller::new(Source::Yahoo);
    teller.open();
    let files = Arc::new(Files::new(bed.folder.path()));
    let ctx = Context { chain: Chain::new(vec![files, teller.clone()]), ..ctx };
    let request = RefreshRequest { to: Some(usual_sessions()[4]), ..RefreshRequest::default() };
    let past = refresh_with(&ctx, &request).await;
    let dry = refresh_with(&ctx, &RefreshRequest { is_dry_run: true, ..RefreshRequest::default() }).await;
    for (report, reason) in [(past, "historical_date"), (dry, "dry_run")] {
        for number in [2, 5] {
            let phase = phase(&report, number);
            assert_eq!((phase.state, phase.reason.as_deref()), (PhaseState::Skipped, Some(reason)));
        }
    }
    assert_eq!((teller.asked_count(), shown(&ctx).await), (0, None));
    assert!(app::list_symbols(&ctx).await.unwrap().iter().all(|known| known.profile.is_none()));
}

pub async fn offline_a_refresh_reads_the_folder_and_asks_no_provider(bed: Bed) {
    let ctx = book(&bed).await;
    let teller = Teller::new(Source::Yahoo);
    let files = Arc::new(Files::new(bed.folder.path()));
    let chain = Chain::new(vec![teller.clone(), files]);
    let offline = Context { chain, is_offline: true, ..ctx.clone() };
    let report = refresh(&offline, "Book").await;
    assert_eq!((phase(&report, 2).state, teller.asked_count()), (PhaseState::Ok, 0));
    assert_eq!(buckets(&shown(&ctx).await.unwrap()), ["Energy", "fund", "private", "unknown"]);
    let nobody = Context { chain: Chain::new(vec![teller.clone()]), is_offline: true, ..ctx };
    let report = app::refresh(&nobody, &RefreshRequest::default()).await.unwrap();
    assert_eq!((phase(&report, 2).reason.as_deref(), teller.asked_count()), (Some("no_provider"), 0));
}

pub async fn a_refresh_asks_a_provider_once_and_tells_what_failed(bed: Bed) {
    let ctx = book(&bed).await;
    let teller = Teller::new(Source::Yahoo);
    teller.open();
    teller.refuse("BBB", ProviderError::NotFound);
    let files = Arc::new(Files::new(bed.folder.path()));
    let ctx = Context { chain: Chain::new(vec![files, teller.clone()]), ..ctx };
    bed.folder.write("profiles.csv", "symbol,type\nFUND,etf\n");
    let first = refresh(&ctx, "Book").await;
    let told = phase(&first, 2);
    assert_eq!(
        (told.state, told.items_done, told.items_skipped, told.provider_calls),
        (PhaseState::Partial, 1, 3, 2)
    );
    let warning = &told.warnings[0];
    assert_eq!(warning.code, "not_found");
    assert_eq!(
        warning.message,
        "no profile of BBB: files: no data in the range asked; yahoo: no such symbol"
    );
    let second = refresh(&ctx, "Book").await;
    assert_eq!(
        (phase(&second, 2).provider_calls, teller.asked()),
        (0, vec!["AAA".to_owned(), "BBB".to_owned()])
    );
    assert_eq!(phase(&second, 2).warnings, told.warnings);
    // What failed is asked about again while it is held, and not for ever.
    let last = usual_sessions()[11];
    let later = async || {
        bed.clock.advance_ms(2 * 86_400_000);
        refresh_with(&ctx, &RefreshRequest::default()).await
    };
    assert_eq!(phase(&later().await, 2).provider_calls, 1);
    books::add(&ctx, "Book", &event(last, "buy 20 BBB 50")).await;
    later().await;
    assert_eq!(phase(&later().await, 2).provider_calls, 0);
    let nobody = Context { chain: Chain::default(), ..ctx };
    let report = app::refresh(&nobody, &RefreshRequest::default()).await.unwrap();
    assert_eq!(phase(&report, 2).reason.as_deref(), Some("no_provider"));
}
