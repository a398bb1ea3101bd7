//! Importing files of positions.

use app::{AppError, Context, ImportReport, PositionFile, RowState};

use crate::bed::Bed;
use crate::books::{self, event, new_portfolio, refresh, usual_prices, usual_sessions};

const HEADER: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date,Exit Date,Exit Price Per Share\n";

async fn import(
    ctx: &Context,
    rows: &str,
    skip_bad_rows: bool,
    is_dry_run: bool,
) -> Result<ImportReport, AppError> {
    let content = format!("{HEADER}{rows}");
    let file = PositionFile { name: "positions.csv", content: content.as_bytes(), skip_bad_rows };
    app::import_positions(ctx, "Book", &file, is_dry_run).await
}

/// Events of the portfolio as date, kind and symbol, in the order of the books.
async fn booked(ctx: &Context) -> Vec<String> {
    let listed = app::list_events(ctx, "Book").await.unwrap();
    let active = listed.iter().filter(|listed| listed.event.is_active());
    let told = active.map(|listed| {
        let symbol = listed.symbol.as_ref().map_or("", model::Symbol::as_str);
        format!("{} {} {symbol}", listed.event.date, listed.event.booking.kind())
    });
    told.collect()
}

fn states(report: &ImportReport) -> Vec<&'static str> {
    let state = |state: &RowState| match state {
        RowState::Ok => "ok",
        RowState::Duplicate => "duplicate",
        RowState::UnknownSymbol => "unknown",
        RowState::Error { code, .. } => code,
    };
    report.rows.iter().map(|row| state(&row.state)).collect()
}

pub async fn twins_are_two_fills_and_the_same_file_adds_nothing(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let twins = "AAA,1,50,2024-03-05,,\nAAA,1.0,$50.00,2024/03/05,,\n";
    let report = import(&ctx, twins, false, false).await.unwrap();
    assert_eq!((states(&report), report.event_count), (vec!["unknown", "unknown"], 2));
    assert_eq!(booked(&ctx).await, ["2024-03-05 buy AAA"; 2]);
    let again = import(&ctx, twins, false, false).await.unwrap();
    assert_eq!((states(&again), again.event_count), (vec!["duplicate", "duplicate"], 0));
    let triplets = format!("{twins}AAA,1,50,2024-03-05,2024-03-07,55\n AAA ,1,50,20240305,,\n");
    let more = import(&ctx, &triplets, false, false).await.unwrap();
    assert_eq!(states(&more), ["duplicate", "duplicate", "ok", "ok"]);
    assert_eq!(booked(&ctx).await.len(), 5, "a third twin, and an entry with its exit");
}

pub async fn a_bad_row_refuses_the_whole_file(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let refused = import(&ctx, "AAA,1,50,2024-03-05,,\nBBB,zero,50,2024-03-05,,\n", false, false).await;
    let AppError::ImportRefused(report) = refused.unwrap_err() else { panic!("the file is refused") };
    assert_eq!(states(&report), ["ok", "number"]);
    let RowState::Error { column, .. } = &report.rows[1].state else { panic!("a row is refused") };
    assert_eq!((report.rows[1].line, column.as_str()), (3, "Quantity"));
    assert!(booked(&ctx).await.is_empty());
    assert!(app::coverage(&ctx).await.unwrap().is_empty(), "no instrument was made either");
}

pub async fn bad_rows_may_be_skipped(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let rows = "AAA,1,50,2024-03-05,,\nBBB,zero,50,2024-03-05,,\nCCC,-2,9,2024-03-04,,\n";
    let report = import(&ctx, rows, true, false).await.unwrap();
    assert_eq!((states(&report), report.error_count()), (vec!["unknown", "number", "unknown"], 1));
    assert_eq!(booked(&ctx).await, ["2024-03-04 sell CCC", "2024-03-05 buy AAA"]);
    let mended = rows.replace("zero", "3");
    let report = import(&ctx, &mended, true, false).await.unwrap();
    assert_eq!(states(&report), ["duplicate", "unknown", "duplicate"]);
}

pub async fn a_dry_run_of_an_import_writes_nothing(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let rows = "AAA,1,50,2024-03-05,2024-03-06,51\n";
    let report = import(&ctx, rows, false, true).await.unwrap();
    assert_eq!((states(&report), report.event_count), (vec!["unknown"], 2));
    assert!(booked(&ctx).await.is_empty() && app::coverage(&ctx).await.unwrap().is_empty());
    let head = bed.store.load(vec![store::change::head()]).await.unwrap();
    assert_eq!(store::change::read_head(&head[0]), 0);
    let content = format!("{HEADER}{rows}");
    let file = PositionFile { name: "positions.csv", content: content.as_bytes(), skip_bad_rows: false };
    let made = app::create_portfolio(&ctx, &new_portfolio("New"), Some(&file), true).await.unwrap();
    assert_eq!(made.import.unwrap().event_count, 2);
    assert_eq!(app::show_portfolio(&ctx, "New").await.unwrap_err().code(), "not_found");
}

pub async fn a_row_whose_fill_was_voided_comes_back_alone(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let rows = "AAA,1,50,2024-03-05,,\nBBB,2,60,2024-03-06,2024-03-08,61\n";
    import(&ctx, rows, false, false).await.unwrap();
    let exit = app::list_events(&ctx, "Book").await.unwrap().pop().unwrap().event.id;
    app::void_event(&ctx, exit).await.unwrap();
    assert_eq!(booked(&ctx).await.len(), 2);
    let report = import(&ctx, rows, false, false).await.unwrap();
    assert_eq!(report.event_count, 1);
    assert_eq!(states(&report), ["duplicate", "ok"], "a row of which anything is taken is no duplicate");
    assert_eq!(booked(&ctx).await.len(), 3);
}

pub async fn rows_before_the_first_session_are_refused(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &[event(sessions[3], "buy 1 AAA 50")]).await;
    import(&ctx, &format!("BBB,1,50,{},,\n", sessions[3]), false, false).await.unwrap();
    refresh(&ctx, "Book").await;
    let early = format!("BBB,1,50,{},,\nBBB,1,50,{},,\n", sessions[2], sessions[4]);
    let refused = import(&ctx, &early, false, false).await.unwrap_err();
    let AppError::ImportRefused(report) = refused else { panic!("the file is refused") };
    assert_eq!(states(&report), ["before_inception", "ok"]);
    let report = import(&ctx, &early, true, false).await.unwrap();
    assert_eq!((states(&report), report.event_count), (vec!["before_inception", "ok"], 1));
}

pub async fn two_imports_of_one_file_at_once_add_it_once(bed: Bed) {
    let one = bed.ctx_of_another_process().await;
    let two = bed.ctx_of_another_process().await;
    books::create(&one, "Book", &[]).await;
    let row = |number: usize| format!("S{},{},50,2024-03-05,,\n", number % 7, number + 1);
    let rows: String = (0..40).map(row).collect();
    let (first, second) = tokio::join!(import(&one, &rows, false, false), import(&two, &rows, false, false));
    let (first, second) = (first.unwrap().event_count, second.unwrap().event_count);
    assert_eq!((first.min(second), first.max(second)), (0, 40));
    assert_eq!(booked(&one).await.len(), 40);
}

pub async fn refused_rows_are_told_by_the_line_they_stand_on(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let rows =
        "\n# a comment\nAAA,x,50,2024-03-05,,\nAAA,1,50,2024-03-05,,\n# another\nAAA,y,50,2024-03-05,,\n";
    for rows in [rows.to_owned(), rows.replace('\n', "\r\n")] {
        let AppError::ImportRefused(report) = import(&ctx, &rows, false, false).await.unwrap_err() else {
            panic!("the file is refused")
        };
        let lines: Vec<u64> = report.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [4, 5, 7], "{rows:?}");
    }
}

pub async fn a_portfolio_and_its_file_are_created_together_or_not_at_all(bed: Bed) {
    let ctx = bed.ctx();
    let create = async |rows: &str| {
        let content = format!("{HEADER}{rows}");
        let file = PositionFile { name: "positions.csv", content: content.as_bytes(), skip_bad_rows: false };
        app::create_portfolio(&ctx, &new_portfolio("Book"), Some(&file), false).await
    };
    let refused = create("AAA,1,50,05.03.24,,\n").await.unwrap_err();
    assert_eq!(refused.code(), "import_refused");
    assert!(app::list_portfolios(&ctx).await.unwrap().is_empty());
    let made = create("AAA,1,50,2024-03-05,,\n").await.unwrap();
    assert_eq!(made.new_symbols.len(), 1);
    assert_eq!(create("AAA,1,50,2024-03-05,,\n").await.unwrap_err().code(), "portfolio_exists");
    let shown = app::show_portfolio(&ctx, "Book").await.unwrap();
    assert_eq!((shown.event_count, shown.inception), (1, Some(usual_sessions()[1])));
}
