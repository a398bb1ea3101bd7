//! Hostile files of delimited text.

use app::FileFormat::{self, Activity, Ghostfolio, IbkrFlex, Positions, Yahoo};

use super::Case;
use super::Fate::{File, Row};

const POSITIONS: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date,Exit Date,Exit Price Per Share\n";
const ACTIVITY: &str = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n";
const GOOD: &str = "AAPL,1,100,2024-03-04,,\n";

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(files());
    cases.extend(positions());
    cases.extend(activities());
    cases.extend(brokers());
    cases
}

/// Files that are no table at all.
fn files() -> Vec<Case> {
    let file = |format: FileFormat, content: Vec<u8>, needle| (format, content, File(needle));
    let utf16: Vec<u8> = "\u{feff}Symbol,Quantity\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        file(Positions, Vec::new(), "no column \"Symbol\""),
        file(Positions, b"\n\n\n".to_vec(), "no column"),
        file(Positions, b"\xef\xbb\xbf".to_vec(), "no column"),
        file(Positions, utf16, "UTF-16"),
        file(Positions, b"PK\x03\x04spreadsheet".to_vec(), "packed"),
        file(Positions, b"\x1f\x8b\x08\x00".to_vec(), "packed"),
        file(Positions, vec![0; 4_096], "no column"),
        file(Positions, vec![0xff; 4_096].into_iter().chain(*b"\n").collect(), "no column"),
        file(Positions, POSITIONS.into(), "no rows"),
        file(Positions, format!("{POSITIONS}\n  \n,,,\n# AAPL,1,1,2024-03-04\n").into(), "no rows"),
        file(Positions, POSITIONS.replace("Quantity", "Symbol").into(), "Symbol\" twice"),
        file(Positions, POSITIONS.replace("Entry Date", "When").into(), "no column \"Entry Date\""),
        file(Positions, format!("{POSITIONS}AAPL,1,\"100,2024-03-04\n{GOOD}").into(), "line 2"),
        file(Positions, format!("{POSITIONS}{}\n", ",".repeat(5_000)).into(), "more than 1000 cells"),
        file(Activity, b"date,amount\n2024-03-04,5\n".to_vec(), "activityType"),
        file(Ghostfolio, b"Date,Code,Action\n".to_vec(), "quantity"),
        file(Yahoo, b"Symbol,Quantity\n".to_vec(), "Trade Date"),
        file(Yahoo, b"Symbol,Trade Date,Purchase Price,Quantity\nAAPL,,,\n".to_vec(), "watched"),
        file(IbkrFlex, b"\"U1\",\"AAPL\",\"10\"\n".to_vec(), "before any header"),
        file(IbkrFlex, b"\"BOF\",\"U1\"\n\"EOF\"\n".to_vec(), "no trades"),
        file(IbkrFlex, b"Symbol,CurrencyPrimary,BuySell,TradePrice\n".to_vec(), "quantity"),
    ]
}

/// Rows of positions, each behind a good one.
fn positions() -> Vec<Case> {
    let row = |text: &str, column, code| {
        (Positions, format!("{POSITIONS}{GOOD}{text}\n").into_bytes(), Row(3, column, code))
    };
    let huge = "9".repeat(3_000);
    let mut cases = vec![
        row(",1,1,2024-03-04,,", "Symbol", "symbol"),
        row("=cmd|' /C calc'!A0,1,1,2024-03-04,,", "Symbol", "symbol"),
        row("@SUM(A1),1,1,2024-03-04,,", "Symbol", "symbol"),
        row("../../etc/passwd,1,1,2024-03-04,,", "Symbol", "symbol"),
        row("АAPL,1,1,2024-03-04,,", "Symbol", "symbol"),
        row(&format!("{},1,1,2024-03-04,,", "A".repeat(33)), "Symbol", "symbol"),
        row(&format!("{},1,1,2024-03-04,,", "A".repeat(100_000)), "Symbol", "cell_too_long"),
        row("AAPL,=1+1,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,NaN,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,inf,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,1e5,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,0x10,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,١٢,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,--1,1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,(-1),1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,0.000000000001,1,2024-03-04,,", "Quantity", "quantity"),
        row(&format!("AAPL,{huge},1,2024-03-04,,"), "Quantity", "number"),
        row("AAPL,\"1,00\",1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,\"1.234,5\",1,2024-03-04,,", "Quantity", "number"),
        row("AAPL,90000000000,9000000,2024-03-04,,", "Quantity", "number"),
        row("AAPL,1,-1,2024-03-04,,", "Entry Price Per Share", "price"),
        row("AAPL,1,,2024-03-04,,", "Entry Price Per Share", "number"),
        row("AAPL,1,1", "Entry Date", "date"),
        row("AAPL,1,1,03/04/2024,,", "Entry Date", "date"),
        row("AAPL,1,1,45293,,", "Entry Date", "date"),
        row("AAPL,1,1,2024-02-30,,", "Entry Date", "date"),
        row("AAPL,1,1,0000-00-00,,", "Entry Date", "date"),
        row("AAPL,1,1,99999-01-01,,", "Entry Date", "date"),
        row("AAPL,1,1,1969-12-31,,", "Entry Date", "outside_calendar"),
        row("AAPL,1,1,2024-03-04,2024-03-01,5", "Exit Date", "exit"),
        row("AAPL,1,1,2024-03-04,2024-03-05,", "Exit Price Per Share", "exit"),
        row("AAPL,1,1,2024-03-04,,,7", "Symbol", "cells"),
        row("\"AAPL\"x,1,1,2024-03-04,,", "Symbol", "quote"),
        row("AAPL,\"1\" 2,1,2024-03-04,,", "Quantity", "quote"),
    ];
    for (bytes, line) in [
        (&b"AA\xffPL,1,1,2024-03-04,,\n"[..], 3),
        (b"AA\0PL,1,1,2024-03-04,,\n", 3),
        (b"\r\r\n\n# x\rAA\0PL,1,1,2024-03-04,,\r", 7),
        (b"\xed\xa0\x80,1,1,2024-03-04,,\n", 3),
    ] {
        let content = [format!("{POSITIONS}{GOOD}").as_bytes(), bytes].concat();
        cases.push((Positions, content, Row(line, "Symbol", "encoding")));
    }
    let semicolons = POSITIONS.replace(',', ";") + "AAPL;1,234;1;2024-03-04;;\n";
    cases.push((Positions, semicolons.into(), Row(2, "Quantity", "number")));
    cases
}

/// Rows of activity, each behind a good one.
fn activities() -> Vec<Case> {
    let good = "2024-03-04,,,,deposit,,USD,,5\n";
    let row = |text: &str, column, code| {
        (Activity, format!("{ACTIVITY}{good}{text}\n").into_bytes(), Row(3, column, code))
    };
    vec![
        row("2024-03-04,AAPL,,1,,1,USD,,", "activityType", "activity"),
        row("2024-03-04,AAPL,,1,DROP TABLE event,1,USD,,", "activityType", "activity"),
        row("2024-03-04,AAPL,,-1,buy,1,USD,,", "quantity", "direction"),
        row("2024-03-04,AAPL,,1,buy,10,USD,,99", "amount", "amount"),
        row("2024-03-04,AAPL,,1,buy,10,USD,x,", "fee", "number"),
        row("2024-03-04,AAPL,,1,buy,10,US,,", "currency", "currency"),
        row("2024-03-04,AAPL,,1,buy,10,EUR,,", "currency", "currency_mismatch"),
        row("2024-03-04,AAPL,future,1,buy,10,USD,,", "instrumentType", "class"),
        row("2024-03-04,AAPL,,,split,,,,1:0", "amount", "ratio"),
        row("2024-03-04,AAPL,,,split,,,,", "quantity", "ratio"),
        row("2024-03-04,AAPL,,,split,,,,-2", "amount", "ratio"),
        row("2024-03-04,,,,mark,5,,,", "symbol", "symbol"),
        row("2024-03-04,,,,withdrawal,,,,0", "amount", "amount"),
        row("2024-03-04,,,,deposit,,,,99999999999999999999", "amount", "number"),
        row("2024-03-04T99:99:99<script>,,,,deposit,,,,5", "date", "date"),
    ]
}

/// Rows of brokers' tables.
fn brokers() -> Vec<Case> {
    let ghostfolio = "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n";
    let yahoo = "Symbol,Current Price,Trade Date,Purchase Price,Quantity,Commission,Comment\n";
    let flex = "\"ClientAccountID\",\"CurrencyPrimary\",\"AssetClass\",\"Symbol\",\"TradeDate\",\"Quantity\",\
        \"TradePrice\",\"Buy/Sell\"\n";
    let row = |format, text: String, column, code| (format, text.into_bytes(), Row(2, column, code));
    vec![
        row(Ghostfolio, format!("{ghostfolio}01-02-2024,AAPL,YAHOO,USD,1,1,buy,0,\n"), "Date", "date"),
        row(
            Ghostfolio,
            format!("{ghostfolio}2024-03-04,AAPL,YAHOO,USD,1,1,liability,0,\n"),
            "Action",
            "activity",
        ),
        row(Yahoo, format!("{yahoo}AAPL,1,20240304,1,\n"), "Quantity", "number"),
        row(Yahoo, format!("{yahoo}$$CASH_TX,1,20240304,1,5,,\n"), "Transaction Type", "activity"),
        row(Yahoo, format!("{yahoo}AAPL,1,20241304,1,1,,\n"), "Trade Date", "date"),
        row(IbkrFlex, format!("{flex}U1,USD,STK,AAPL,20240304,10,1,SELL\n"), "Quantity", "direction"),
        row(IbkrFlex, format!("{flex}U1,USD,FUT,ES,20240304,10,1,BUY\n"), "AssetClass", "class"),
        row(IbkrFlex, format!("{flex}U1,USD,STK,AAPL,20240304,10,1,HOLD\n"), "Buy/Sell", "direction"),
    ]
}
