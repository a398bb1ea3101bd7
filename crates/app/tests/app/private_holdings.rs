//! What nobody quotes.

use app::{Context, PositionFile, SymbolState, UnknownSymbols};
use market::Source;
use model::PriceStatus;

use crate::bed::Bed;
use crate::books::{self, event, refresh, usual_sessions, warned};
use crate::distant::ctx_with;
use crate::fetch::gated;
use crate::users;
use crate::validation::listing;

const FILE: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\n\
    HOUSE,1,250000,2024-03-05,PRIVATE\nCASH_RESERVE,10,1,2024-03-05,\n";

pub async fn private_holdings_are_never_asked_of_a_provider(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    provider.open();
    books::create(&ctx, "Book", &[event(usual_sessions()[0], "buy 1 AAA 50")]).await;
    let file = PositionFile { name: "file.csv", content: FILE.as_bytes(), skip_bad_rows: false };
    app::import_positions(&ctx, "Book", &file, false).await.unwrap();
    let report = refresh(&ctx, "Book").await;
    assert_eq!(provider.asked(), ["AAA"]);
    assert!(warned(&report, "left_out"), "what was left out is told: {report:?}");
    let positions = app::positions(&ctx, "Book", None).await.unwrap().unwrap().positions;
    let priced: Vec<(&str, PriceStatus)> =
        positions.iter().map(|held| (held.symbol.as_str(), held.quote.status)).collect();
    let expect =
        [("AAA", PriceStatus::Exact), ("CASH_RESERVE", PriceStatus::Mark), ("HOUSE", PriceStatus::Mark)];
    assert_eq!(priced, expect);
}

/// A portfolio of an owner with a holding that nobody quotes.
async fn hold(ctx: &Context, name: &str, symbol: &str, price: &str) {
    books::create(ctx, name, &[]).await;
    let content = format!(
        "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\n{symbol},10,{price},2024-03-05,PRIVATE\n"
    );
    let file = PositionFile { name: "file.csv", content: content.as_bytes(), skip_bad_rows: false };
    app::import_positions(ctx, name, &file, false).await.unwrap();
}

/// What a portfolio is worth in private holdings, by symbol.
async fn values(ctx: &Context, name: &str) -> Vec<(String, String)> {
    let listed = app::positions(ctx, name, None).await.unwrap().unwrap().positions;
    listed.iter().map(|held| (held.symbol.to_string(), held.market_value.to_string())).collect()
}

async fn symbols(ctx: &Context) -> Vec<String> {
    app::list_symbols(ctx).await.unwrap().iter().map(|known| known.symbol.to_string()).collect()
}

fn held(symbol: &str, value: &str) -> (String, String) {
    (symbol.to_owned(), value.to_owned())
}

pub async fn what_two_owners_call_the_same_in_private_is_two_things(bed: Bed) {
    let (mine, theirs) = (bed.ctx(), Context { owner: "other".to_owned(), ..bed.ctx() });
    let sessions = usual_sessions();
    bed.clock.set_after(sessions[11]);
    hold(&mine, "Mine", "MYFUND", "100").await;
    let status = app::symbol_status(&theirs, "MYFUND").await.unwrap();
    assert_eq!((status.state, status.asked.is_some()), (SymbolState::Unknown, true), "{status:?}");
    assert_eq!(symbols(&theirs).await, [""; 0]);
    hold(&theirs, "Theirs", "MYFUND", "7").await;
    for ctx in [&mine, &theirs] {
        assert_eq!(symbols(ctx).await, ["MYFUND"], "each knows of one");
        assert_eq!(app::symbol_status(ctx, "MYFUND").await.unwrap().state, SymbolState::Ready);
    }
    let instrument = |event: &app::ListedEvent| event.event.booking.instrument().unwrap();
    let (one, other) = (app::list_events(&mine, "Mine").await, app::list_events(&theirs, "Theirs").await);
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(instrument(&one[0]), instrument(&other[0]));
    assert_eq!(
        (one[0].symbol.clone(), one[0].symbol.clone()),
        (other[0].symbol.clone(), other[0].symbol.clone())
    );
    books::add(&mine, "Mine", &event(sessions[8], "mark MYFUND 150")).await;
    books::refresh(&mine, "Mine").await;
    books::refresh(&theirs, "Theirs").await;
    assert_eq!(values(&mine, "Mine").await, [held("MYFUND", "1500")]);
    assert_eq!(values(&theirs, "Theirs").await, [held("MYFUND", "70")]);
}

pub async fn what_one_holds_in_private_is_to_others_what_everybody_calls_so(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["MYFUND"]);
    let mine = ctx_with(&bed, &[&yahoo]);
    let theirs = Context { owner: "other".to_owned(), ..mine.clone() };
    hold(&mine, "Mine", "MYFUND", "100").await;
    // Somebody else buys what is listed under that symbol, maps to it, and asks where it stands.
    let create = async |name: &str, symbol: &str| {
        let content = crate::validation::file_of(&[symbol]);
        let (name_of_file, content) = ("positions.csv", content.as_bytes());
        let file = app::ImportFile { name: name_of_file, content, format: None, skip_bad_rows: false };
        let new = books::new_portfolio(name);
        app::upload_portfolio(&theirs, &new, Some(&file), false, UnknownSymbols::Validated).await
    };
    create("Public", "MYFUND").await.unwrap();
    assert_eq!(yahoo.asked().len(), 1, "the provider is asked as about any symbol");
    let error = create("None", "NONE").await.unwrap_err();
    assert_eq!(error.code(), "import_refused");
    let (none, target) = ("NONE".parse().unwrap(), "MYFUND".parse().unwrap());
    app::map_symbol(&theirs, &none, &target, UnknownSymbols::Validated).await.unwrap();
    books::refresh(&theirs, "Public").await;
    books::refresh(&mine, "Mine").await;
    assert_eq!(values(&theirs, "Public").await, [held("MYFUND", "500")]);
    assert_eq!(values(&mine, "Mine").await, [held("MYFUND", "1000")], "and is no part of what others hold");
    // The owner of the private one cannot hold another as the same, since one of them would be lost sight of.
    assert_eq!(app::symbol_status(&mine, "MYFUND").await.unwrap().asked, None);
    let file =
        "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\nMYFUND,1,1,2024-03-05,PRIVATE\n";
    let file = PositionFile { name: "file.csv", content: file.as_bytes(), skip_bad_rows: false };
    let refused = app::import_positions(&theirs, "Public", &file, false).await.unwrap_err();
    assert_eq!(refused.code(), "import_refused");
    // What was a mistake and was deleted stands in nobody's way.
    app::delete_portfolio(&mine, "Mine").await.unwrap();
    books::create(&mine, "Again", &[event("2024-03-05".parse().unwrap(), "buy 10 MYFUND 50")]).await;
    books::refresh(&mine, "Again").await;
    assert_eq!(values(&mine, "Again").await, [held("MYFUND", "500")]);
}

pub async fn what_is_held_in_private_goes_to_the_heir(bed: Bed) {
    let ctx = bed.ctx();
    let sessions = usual_sessions();
    bed.clock.set_after(sessions[11]);
    bed.folder.make_up("AAA", sessions);
    let anna = users::add(&ctx, "anna", false).await;
    let bert = users::add(&ctx, "bert", false).await;
    let (anna, berts) = (users::of(&bed, &anna), users::of(&bed, &bert));
    hold(&anna, "Annas", "HOUSE", "100").await;
    hold(&berts, "Berts", "HOUSE", "7").await;
    hold(&berts, "Boat", "BOAT", "3").await;
    hold(&berts, "Odd", "AAA", "3").await;
    books::create(&anna, "Public", &[event(sessions[0], "buy 1 AAA 50")]).await;
    for (ctx, names) in [(&anna, &["Annas", "Public"][..]), (&berts, &["Berts", "Boat", "Odd"])] {
        for name in names {
            books::refresh(ctx, name).await;
        }
    }
    let refused = app::remove_user(&ctx, "bert", Some("anna")).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("AAA")), ("symbols_collide", true), "{refused}");
    app::delete_portfolio(&berts, "Odd").await.unwrap();
    app::remove_user(&ctx, "bert", Some("anna")).await.unwrap();
    assert_eq!(values(&anna, "Berts").await, [held("HOUSE", "70")], "before anything is computed again");
    for name in ["Annas", "Berts", "Boat"] {
        books::refresh(&anna, name).await;
    }
    assert_eq!(values(&anna, "Annas").await, [held("HOUSE", "1000")]);
    assert_eq!(values(&anna, "Berts").await, [held("HOUSE", "70")]);
    assert_eq!(values(&anna, "Boat").await, [held("BOAT", "30")]);
    assert_eq!(symbols(&anna).await, ["AAA", "BOAT", "HOUSE"]);
}
