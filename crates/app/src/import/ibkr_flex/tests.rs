//! Flex queries as they come, and as they should not.

use super::*;
use crate::import::asset::booked_symbol;
use crate::import::report::RowState;

fn query(records: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<FlexQueryResponse queryName=\"q\" type=\"AF\">\n\
         <FlexStatements count=\"1\">\n<FlexStatement accountId=\"U1\" period=\"LastMonth\">\n{records}\n\
         </FlexStatement>\n</FlexStatements>\n</FlexQueryResponse>\n"
    )
}

fn shown(content: &str) -> Vec<String> {
    let parsed = parse(content.as_bytes()).unwrap();
    let state = |state: &RowState| match state {
        RowState::Error { column, code, .. } => format!("{column}: {code}"),
        _ => String::new(),
    };
    let mut shown: Vec<String> = parsed.reports.iter().map(|report| state(&report.state)).collect();
    for (at, row) in &parsed.rows {
        let refused = row.entries[0].action.asset().and_then(|asset| booked_symbol(asset).err());
        let id = row.id.as_deref().unwrap_or("none");
        shown[*at] = refused.map_or_else(|| format!("{id} {}", row.canonical()), |(code, _)| code.to_owned());
    }
    shown
}

/// Reads one element and compares its events, or its fault, in one line.
#[track_caller]
fn check(section: &str, record: &str, expected: &str) {
    let content = query(&format!("<{section}>{record}</{section}>"));
    assert_eq!(shown(&content), [expected], "{record}");
}

#[test]
fn executions_are_read() {
    let trade = |changes: &str| {
        let usual = "accountId=\"U1\" currency=\"USD\" assetCategory=\"STK\" tradeDate=\"20240102\" \
                     tradePrice=\"100.5\" ibCommission=\"-1.25\" ibCommissionCurrency=\"USD\" taxes=\"0\"";
        format!("<Trade {usual} {changes} />")
    };
    let check = |changes: &str, expected: &str| check("Trades", &trade(changes), expected);
    check(
        "symbol=\"AAPL\" quantity=\"10\" buySell=\"BUY\" transactionID=\"7\" tradeID=\"8\"",
        "7 |2024-01-02|fill|AAPL|10|100.5|1.25",
    );
    check("symbol=\"BRK B\" quantity=\"-2\" tradeID=\"8\"", "trade-8 |2024-01-02|fill|BRK.B|-2|100.5|1.25");
    check("symbol=\"AAPL\" quantity=\"-10\" buySell=\"BUY\"", "quantity: direction");
    check(
        "symbol=\"AAPL\" quantity=\"-10\" buySell=\"BUY (Ca.)\"",
        "none |2024-01-02|fill|AAPL|-10|100.5|1.25",
    );
    check("symbol=\"AAPL\" quantity=\"1,5\"", "quantity: number");
    check("symbol=\"A&amp;B\" quantity=\"1\"", "symbol: symbol");
    check("quantity=\"1\"", "symbol: symbol");
}

#[test]
fn categories_that_are_not_kept_are_refused() {
    let trade = |changes: &str| {
        format!(
            "<Trade symbol=\"X\" quantity=\"1\" tradePrice=\"2\" dateTime=\"20240102;103000\" {changes} />"
        )
    };
    check("Trades", &trade("assetCategory=\"CASH\""), "assetCategory: class");
    check("Trades", &trade("assetCategory=\"FUT\""), "assetCategory: class");
    check(
        "Trades",
        &trade("assetCategory=\"OPT\" putCall=\"C\" strike=\"150\" expiry=\"20240119\" multiplier=\"10\""),
        "option_terms",
    );
    check("Trades", &trade("assetCategory=\"OPT\" multiplier=\"a\""), "multiplier: number");
    check("Trades", &trade(""), "none |2024-01-02|fill|X|1|2|0");
}

#[test]
fn cash_transactions_are_read() {
    let cash = |kind: &str, amount: &str| {
        format!(
            "<CashTransaction currency=\"USD\" assetCategory=\"STK\" symbol=\"AAPL\" dateTime=\"2024-02-15\" \
             amount=\"{amount}\" type=\"{kind}\" transactionID=\"9\" description=\"told\" />"
        )
    };
    let check = |kind: &str, amount: &str, expected: &str| {
        check("CashTransactions", &cash(kind, amount), expected);
    };
    check("Dividends", "2.4", "9 |2024-02-15|dividend|AAPL|2.4");
    check("Withholding Tax", "-0.36", "9 |2024-02-15|fee|0.36");
    check("Broker Interest Paid", "-3", "9 |2024-02-15|interest|-3");
    check("Deposits/Withdrawals", "500", "9 |2024-02-15|deposit|500");
    check("Deposits &amp; Withdrawals", "-500", "9 |2024-02-15|withdrawal|500");
    check("Other Fees", "1", "9 |2024-02-15|fee|-1");
    check("Dividends", "0", "amount: amount");
    check("Price Adjustments", "5", "type: activity");
}

#[test]
fn summaries_splits_and_other_sections_are_left_out_and_told() {
    let trade = "<Trade symbol=\"AAPL\" quantity=\"1\" tradePrice=\"2\" tradeDate=\"20240102\" />";
    let order = trade.replace("<Trade", "<Order");
    let split = "<CorporateAction symbol=\"AAPL\" type=\"FS\" /><CorporateAction symbol=\"X\" type=\"TC\" />";
    let content = query(&format!(
        "<Trades>{order}{trade}</Trades><CorporateActions>{split}</CorporateActions><Transfers><Transfer/>\
         </Transfers>"
    ));
    assert_eq!(shown(&content), ["none |2024-01-02|fill|AAPL|1|2|0", "type: activity"]);
    let notes = parse(content.as_bytes()).unwrap().notes;
    assert_eq!(notes.len(), 3, "{notes:?}");
    let orders = query(&format!("<Trades>{order}</Trades>"));
    assert_eq!(shown(&orders), ["none |2024-01-02|fill|AAPL|1|2|0"], "orders count where nothing else is");
}

#[test]
fn sections_of_csv_are_read_each_under_its_header() {
    let content = "\"BOF\",\"U1\"\n\
        \"ClientAccountID\",\"CurrencyPrimary\",\"AssetClass\",\"Symbol\",\"TradeID\",\"TradeDate\",\"Quantity\",\
        \"TradePrice\",\"IBCommission\",\"Buy/Sell\",\"LevelOfDetail\"\n\
        \"U1\",\"USD\",\"STK\",\"AAPL\",\"8\",\"20240102\",\"10\",\"100.5\",\"-1\",\"BUY\",\"EXECUTION\"\n\
        \"U1\",\"USD\",\"STK\",\"AAPL\",\"\",\"20240102\",\"10\",\"100.5\",\"-1\",\"BUY\",\"ORDER\"\n\
        \"ClientAccountID\",\"CurrencyPrimary\",\"Symbol\",\"Date/Time\",\"Amount\",\"Type\",\"TransactionID\"\n\
        \"U1\",\"USD\",\"AAPL\",\"20240215;202000\",\"2.4\",\"Dividends\",\"9\"\n\
        \"EOF\",\"U1\"\n";
    assert_eq!(
        shown(content),
        ["trade-8 |2024-01-02|fill|AAPL|10|100.5|1", "9 |2024-02-15|dividend|AAPL|2.4"]
    );
    assert_eq!(parse(content.as_bytes()).unwrap().reports[1].line, 6);
}

#[test]
fn what_is_no_flex_query_is_refused_as_a_file() {
    let trade = "<Trade symbol=\"AAPL\" quantity=\"1\" tradePrice=\"2\" tradeDate=\"20240102\" />";
    let whole = query(&format!("<Trades>{trade}</Trades>"));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    for content in [
        "<".to_owned(),
        "<html></html>".to_owned(),
        "<FlexStatementResponse><Status>Fail</Status></FlexStatementResponse>".to_owned(),
        query(""),
        whole[..whole.len() - 30].to_owned(),
        whole.replace("</Trades>", "</Trade>"),
        whole.replace("AAPL", "&b;"),
        format!("{bomb}{whole}"),
        format!("{whole}{whole}"),
        query(&"<a>".repeat(100_000)),
        whole.replace("symbol=", &format!("{} symbol=", "a=\"1\" ".repeat(1_000))),
        whole.replace("symbol=", "symbol=\"X\" symbol="),
    ] {
        let refused = parse(content.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "invalid_input", "{}", content.chars().take(80).collect::<String>());
    }
}
