//! Every format through the same path.

use crate::bed::{Bed, states};
use app::{AppError, FileFormat, ImportFile};

const POSITIONS: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date,Exit Date,Exit Price Per Share\n\
    AAPL,10,101,2024-03-04,2024-03-20,103\n";
const ACTIVITY: &str = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount,note\n\
    2024-03-04,AAPL,stock,10,buy,101,USD,1.5,,\"first, and \"\"best\"\"\"\n\
    2024-03-05,AAPL,stock,4,sell,102.5,USD,1,,\n\
    2024-03-05,MSFT,stock,3,sell,201,USD,0,,\n\
    2024-03-06,,,,deposit,,USD,,500,\n\
    2024-03-07,,,,withdrawal,,USD,,50,\n\
    2024-03-18,AAPL,,,dividend,,USD,,3,\n\
    2024-03-18,MSFT,,,dividend,0.5,USD,,,\n\
    2024-03-19,,,,fee,,USD,,2,\n\
    2024-03-19,,,,fee,,USD,,-1,\n\
    2024-03-19,,,,interest,,USD,,-0.25,\n\
    2024-03-20,MSFT,,,split,,USD,,3:2,\n\
    2024-03-21,MSFT,,,mark,150,USD,,,\n";
const GHOSTFOLIO: &str = "{\"activities\":[{\"accountId\":\"a\",\"comment\":null,\"fee\":1,\"quantity\":10,\
    \"type\":\"BUY\",\"unitPrice\":101.5,\"currency\":\"USD\",\"dataSource\":\"YAHOO\",\
    \"date\":\"2024-03-04T00:00:00.000Z\",\"symbol\":\"AAPL\"}]}";
const YAHOO: &str = "Symbol,Current Price,Date,Time,Change,Open,High,Low,Volume,Trade Date,Purchase Price,Quantity,\
    Commission,High Limit,Low Limit,Comment\nAAPL,105,2024/03/28,16:00 EST,1,1,1,1,1,20240304,101.5,10,1,,,\n";
const FLEX: &str = "<FlexQueryResponse><FlexStatements><FlexStatement><Trades><Trade currency=\"USD\" \
    assetCategory=\"STK\" symbol=\"AAPL\" tradeDate=\"20240304\" quantity=\"10\" tradePrice=\"101.5\" \
    ibCommission=\"-1\" transactionID=\"7\" /></Trades></FlexStatement></FlexStatements></FlexQueryResponse>";

pub async fn every_format_adds_nothing_the_second_time(bed: Bed) {
    for (content, format, event_count) in [
        (POSITIONS, FileFormat::Positions, 2),
        (ACTIVITY, FileFormat::Activity, 12),
        (GHOSTFOLIO, FileFormat::Ghostfolio, 1),
        (YAHOO, FileFormat::Yahoo, 1),
        (FLEX, FileFormat::IbkrFlex, 1),
    ] {
        let report = bed.import(content).await;
        assert!(report.is_format_guessed);
        assert_eq!((report.format, report.event_count), (format, event_count));
        let again = bed.try_import(content.as_bytes(), Some(format)).await.unwrap();
        assert_eq!((again.event_count, again.is_format_guessed), (0, false), "{format}");
        assert!(states(&again).iter().all(|state| *state == "duplicate"), "{format}");
    }
    bed.refresh().await;
}

/// The events of a portfolio as `export events` writes them.
async fn exported(bed: &Bed, portfolio: &str) -> String {
    let mut export = app::export(&bed.ctx, app::ExportKind::Events, Some(portfolio)).await.unwrap();
    let mut sheet = app::CsvSheet::new(Vec::new(), &export.headings()).unwrap();
    while let Some(page) = export.next_page().await.unwrap() {
        sheet.add(&page).unwrap();
    }
    String::from_utf8(sheet.end().unwrap()).unwrap()
}

pub async fn what_is_exported_is_imported_to_the_same_book(bed: Bed) {
    bed.import(ACTIVITY).await;
    bed.import(POSITIONS).await;
    let voided = app::list_events(&bed.ctx, "Book").await.unwrap()[1].event.id;
    app::void_event(&bed.ctx, voided).await.unwrap();
    let exported = exported(&bed, "Book").await;
    bed.create("Copy").await;
    let file = ImportFile { name: "x.csv", content: exported.as_bytes(), format: None, skip_bad_rows: false };
    let report = app::import_file(&bed.ctx, "Copy", &file, false).await.unwrap();
    assert_eq!((report.format, report.event_count), (FileFormat::Activity, 13));
    assert_eq!(self::exported(&bed, "Copy").await, exported);
    bed.refresh().await;
    let plain = |snapshots: Vec<model::Snapshot>| -> Vec<model::Snapshot> {
        let nobodys = model::PortfolioId(0);
        snapshots.into_iter().map(|snapshot| model::Snapshot { portfolio: nobodys, ..snapshot }).collect()
    };
    assert_eq!(plain(bed.snapshots("Copy").await), plain(bed.snapshots("Book").await));
}

pub async fn ids_of_brokers_name_events(bed: Bed) {
    bed.import(FLEX).await;
    let richer = FLEX.replace("tradeDate", "description=\"APPLE\" tradeDate").replace("101.5", "101.50");
    assert_eq!(states(&bed.import(&richer).await), ["duplicate"], "the id counts, not the text");
    let other = FLEX.replace("101.5", "102");
    let AppError::ImportRefused(report) = bed.try_import(other.as_bytes(), None).await.unwrap_err() else {
        panic!("the file is refused")
    };
    assert_eq!(states(&report), ["key_reused"]);
    let trade = FLEX.split("<Trades>").nth(1).unwrap().split("</Trades>").next().unwrap();
    let fresh = trade.replace("\"7\"", "\"9\"");
    let twice = FLEX.replace(trade, &format!("{fresh}{fresh}"));
    assert_eq!(states(&bed.import(&twice).await), ["ok", "duplicate"]);
    let differing = FLEX.replace(trade, &format!("{fresh}{}", fresh.replace("101.5", "90")));
    let AppError::ImportRefused(report) = bed.try_import(differing.as_bytes(), None).await.unwrap_err()
    else {
        panic!("the file is refused")
    };
    assert_eq!(states(&report), ["duplicate", "key_reused"]);
}

pub async fn rows_in_another_currency_are_refused(bed: Bed) {
    for content in [ACTIVITY, GHOSTFOLIO, FLEX] {
        let foreign = content.replace("USD", "EUR");
        let refused = bed.try_import(foreign.as_bytes(), None).await.unwrap_err();
        let AppError::ImportRefused(report) = refused else { panic!("the file is refused") };
        assert!(states(&report).iter().all(|state| *state == "currency_mismatch"), "{foreign}");
    }
    assert_eq!(bed.active_count("Book").await, 0);
}

pub async fn options_and_private_holdings_are_taken(bed: Bed) {
    let flex = "assetCategory=\"OPT\" putCall=\"C\" strike=\"150\" expiry=\"20240621\" multiplier=\"100\"";
    for content in [
        POSITIONS.replace("AAPL", "CASH_USD"),
        ACTIVITY.replace("AAPL,stock", "AAPL  240621C00150000,option"),
        YAHOO.replace("AAPL", "AAPL240621C00150000"),
    ] {
        let report = bed.try_import(content.as_bytes(), None).await.unwrap();
        assert!(["unknown", "ok"].contains(&states(&report)[0]), "{content}");
    }
    let ten = FLEX.replace("assetCategory=\"STK\"", &flex.replace("100", "10"));
    let refused = bed.try_import(ten.as_bytes(), None).await.unwrap_err();
    let AppError::ImportRefused(report) = refused else { panic!("the file is refused") };
    assert_eq!(states(&report)[0], "option_terms");
    let header = "date,symbol,activityType,quantity,unitPrice\n";
    for (rows, code) in [
        (POSITIONS.replace("AAPL", "AAPL240112C00150000"), "option_expired"),
        // The last session before an expiration on a Saturday is the Friday.
        (format!("{header}2024-03-09,AAPL240309C00150000,buy,1,2\n"), "option_expired"),
        (format!("{header}2024-03-11,AAPL240621C00150000,split,2:1,\n"), "option_split"),
    ] {
        let refused = bed.try_import(rows.as_bytes(), None).await.unwrap_err();
        let AppError::ImportRefused(report) = refused else { panic!("the file is refused") };
        assert_eq!(states(&report)[0], code, "{rows}");
    }
    let in_time = format!("{header}2024-03-08,AAPL240309C00150000,buy,1,2\n");
    assert_eq!(bed.import(&in_time).await.event_count, 1);
}

pub async fn a_dry_run_tells_of_every_row(bed: Bed) {
    bed.import(POSITIONS).await;
    let rows = format!("{POSITIONS}AAPL,x,1,2024-03-04,,\nNEW,1,1,2024-03-04,,\nAAPL,1,1,2024-02-01,,\n");
    let file = ImportFile { name: "p.csv", content: rows.as_bytes(), format: None, skip_bad_rows: false };
    let report = app::import_file(&bed.ctx, "Book", &file, true).await.unwrap();
    assert_eq!(states(&report), ["duplicate", "number", "unknown", "ok"]);
    assert_eq!(bed.active_count("Book").await, 2);
    let file = ImportFile { skip_bad_rows: true, ..file };
    let report = app::import_file(&bed.ctx, "Book", &file, false).await.unwrap();
    assert_eq!((report.event_count, report.error_count()), (2, 1));
}

pub async fn notes_of_rows_go_with_their_events(bed: Bed) {
    let long = "x".repeat(700);
    let rows = format!(
        "date,activityType,amount,comment\n2024-03-04,deposit,5,gift\n2024-03-04,deposit,6,{long}\n\
         2024-03-04,deposit,7.1234567,\n"
    );
    let report = bed.import(&rows).await;
    let told: Vec<usize> = report.rows.iter().map(|row| row.notes.len()).collect();
    assert_eq!(told, [0, 1, 1], "a comment was shortened and an amount rounded");
    let events = app::list_events(&bed.ctx, "Book").await.unwrap();
    let notes: Vec<usize> =
        events.iter().map(|listed| listed.event.note.as_ref().map_or(0, String::len)).collect();
    assert_eq!(notes, [4, 512, 0]);
}
